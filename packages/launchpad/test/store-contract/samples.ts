import { randomUUID } from 'node:crypto';
import type { AgentId, RegisterAgent, StartToken } from '@skyrocket/contract/agents';
import type { WorkflowToAdd } from '@skyrocket/launchpad/store/store';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { prepareWorkflow } from '@skyrocket/model/insert';
import type { FWorker, NewFirework, NewWorkflow } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import { fromPlain, isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** A Workflow in few words. Its Fireworks are the ids that `links`, `specs` and `states` name. */
export interface Sketch {
  name?: string;
  metadata?: Record<string, unknown>;
  /** Parent to children. */
  links?: Record<number, number[]>;
  /** What a spec holds beside a task. */
  specs?: Record<number, Record<string, unknown>>;
  /** As a file gives them. Default: WAITING, which becomes READY for roots. */
  states?: Record<number, State>;
}

export const chain: Sketch = { name: 'chain', links: { 1: [2], 2: [3] } };
export const diamond: Sketch = { name: 'diamond', links: { 1: [2, 3], 2: [4], 3: [4] } };

export function newWorkflow(sketch: Sketch): NewWorkflow {
  const links = Object.entries(sketch.links ?? {}).map(
    ([parent, children]) => [fwId(Number(parent)), children.map(fwId)] as const,
  );
  const named = [sketch.specs ?? {}, sketch.states ?? {}].flatMap((of) => Object.keys(of).map(Number));
  const ids = [...new Set([...links.flat(2), ...named.map(fwId)])].sort((a, b) => a - b);
  return {
    name: sketch.name ?? 'workflow',
    metadata: userMap(sketch.metadata ?? {}),
    fireworks: ids.map((id) => newFirework(id, sketch)),
    links: new Map(links),
  };
}

function newFirework(id: FwId, { specs, states }: Sketch): NewFirework {
  return {
    fwId: id,
    name: `firework ${id}`,
    spec: userMap({ _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }], ...specs?.[id] }),
    state: states?.[id] ?? 'WAITING',
    launches: [],
    archivedLaunches: [],
  };
}

/** One that may be stored: the model has decided which Fireworks are READY. */
export function workflowToAdd(sketch: Sketch): WorkflowToAdd {
  const workflow = prepareWorkflow(newWorkflow(sketch));
  return {
    ...workflow,
    fireworks: workflow.fireworks.map((firework) => ({ ...firework, launches: [], archivedLaunches: [] })),
  };
}

/** Any number of Fireworks that have nothing to do with each other, in one Workflow; ids from 1. */
export function independent(count: number): Sketch {
  return { specs: Object.fromEntries(Array.from({ length: count }, (_, index) => [index + 1, {}])) };
}

export function action(members: Partial<FWAction>): FWAction {
  return { ...emptyAction(), ...members };
}

/** User data from a plain object. */
export function userMap(plain: Record<string, unknown>): UserMap {
  const map = fromPlain(plain);
  if (!isUserMap(map)) throw new Error('a mapping is needed');
  return map;
}

export function fwIds(...ids: number[]): FwId[] {
  return ids.map(fwId);
}

export function fworker(members: Partial<FWorker> = {}): FWorker {
  return { name: 'worker', category: '', query: new Map(), env: new Map(), ...members };
}

export function agentId(name: string): AgentId {
  return name as AgentId;
}

export function token(text: string): StartToken {
  return text as StartToken;
}

export function agent(name: string): RegisterAgent {
  return {
    agentId: agentId(name),
    fworker: fworker(),
    host: `host of ${name}`,
    ip: '10.0.0.1',
    pid: 4711,
    processStart: 'boot:1',
    journal: `/spool/${name}`,
    version: '0.1.0',
  };
}

/** The key of one intended change. */
export function newKey(): string {
  return randomUUID();
}
