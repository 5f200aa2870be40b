import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import type { ClaimedLaunch, StartResult } from '@skyrocket/contract/running';
import type { IdMap } from '@skyrocket/contract/workflows';
import type { Seeds, Store, StoreClaim, StoreClaimed, View } from '@skyrocket/launchpad/store/store';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { type Decision, emptyChange } from '@skyrocket/model/change';
import {
  completeLaunches,
  type FinishedLaunch,
  type LaunchEnd,
} from '@skyrocket/model/decisions/complete-launches';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { ParentTally } from '@skyrocket/model/neighbourhood';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import { timestamp } from '@skyrocket/model/timestamp';
import { nothing } from './decisions.ts';
import { agent, agentId, fworker, newKey, type Sketch, token, workflowToAdd } from './samples.ts';

/** Adds one Workflow; its Fireworks are the first of an empty Store in the order of their ids. */
export async function add(store: Store, sketch: Sketch): Promise<IdMap> {
  const { idMaps } = await store.addWorkflows({ key: newKey(), workflows: [workflowToAdd(sketch)] });
  return idMaps[0] ?? new Map();
}

export async function register(store: Store, ...names: string[]): Promise<void> {
  for (const name of names) await store.registerAgent(agent(name));
}

/** A claim of agent `a` for one Firework, but for what is given. */
export function claim(store: Store, members: Partial<StoreClaim> = {}): Promise<StoreClaimed> {
  return store.claim({
    key: newKey(),
    agentId: agentId('a'),
    fworker: fworker(),
    count: 1,
    leaseSeconds: 600,
    order: 'any',
    withoutTasks: [],
    ...members,
  });
}

/** The Firework of each claim, in the order of the claims. */
export function claimed({ claims }: { claims: ClaimedLaunch[] }): FwId[] {
  return claims.map(({ firework }) => firework.fwId);
}

/** Registers agent `a` and claims one Firework. */
export async function reserve(store: Store, id: number): Promise<LaunchId> {
  await register(store, 'a');
  const { claims } = await claim(store, { fwId: fwId(id) });
  const [launch] = claims;
  if (!launch) throw new Error(`Firework ${id} could not be claimed`);
  return launch.launchId;
}

export interface Starting {
  agentId?: AgentId;
  token?: StartToken;
  launchDir?: string;
  key?: string;
}

/** Agent `a` starts a Launch with a token of its own, but for what is given. */
export async function start(store: Store, launchId: LaunchId, members: Starting = {}): Promise<StartResult> {
  const results = await store.start({
    key: members.key ?? newKey(),
    agentId: members.agentId ?? agentId('a'),
    fworker: fworker(),
    host: 'node01',
    ip: '10.0.0.2',
    starts: [
      {
        launchId,
        token: members.token ?? token(`token of ${launchId}`),
        launchDir: members.launchDir ?? `/launches/${launchId}`,
      },
    ],
  });
  const [result] = results;
  if (!result || results.length > 1) throw new Error('one start has one result');
  return result;
}

/** Claims and starts one Firework. */
export async function run(store: Store, id: number): Promise<LaunchId> {
  const launchId = await reserve(store, id);
  const { outcome } = await start(store, launchId);
  if (outcome !== 'started') throw new Error(`Firework ${id} could not be started`);
  return launchId;
}

/** Asks one decision without a key. */
export async function decide<Outcome>(
  store: Store,
  seeds: Partial<Seeds>,
  decision: (view: View) => Decision<Outcome>,
): Promise<{ outcome: Outcome; ids: IdMap }> {
  const request = { key: null, seeds: { fwIds: [], launchIds: [], ...seeds }, answer: () => '' };
  const decided = await store.decide(request, decision);
  if (decided.repeated) throw new Error('a decision without a key is never a repeated one');
  return decided;
}

/** What a Launch tells at its end; COMPLETED with an empty action, but for what is given. */
export type Ending = Partial<
  Pick<FinishedLaunch, 'state' | 'action' | 'checkpoint' | 'trackers' | 'launchDir'>
>;

export const endedOn = timestamp(Date.UTC(2030, 0, 1));

/** Ends a Launch, as the model decides it. */
export async function end(store: Store, launchId: LaunchId, ending: Ending = {}): Promise<LaunchEnd> {
  const { outcome } = await decide(store, { launchIds: [launchId] }, (view) =>
    decideEnding(view, launchId, ending),
  );
  const [result] = outcome;
  if (!result) throw new Error(`there is no Launch ${launchId}`);
  return result;
}

function decideEnding(view: View, launchId: LaunchId, ending: Ending): Decision<LaunchEnd[]> {
  const launch = view.launches.get(launchId);
  if (!launch) return { kind: 'change', change: emptyChange(), outcome: [] };
  const { fwId: maker, state: recorded } = launch;
  const told = { state: 'COMPLETED', action: emptyAction(), endedOn, ...ending } as const;
  return completeLaunches(view.neighbourhood, { finished: [{ launchId, fwId: maker, recorded, ...told }] });
}

/** Claims, starts and completes one Firework. */
export async function complete(store: Store, id: number, members: Partial<FWAction> = {}): Promise<LaunchId> {
  const launchId = await run(store, id);
  await end(store, launchId, { action: { ...emptyAction(), ...members } });
  return launchId;
}

export async function fizzle(store: Store, id: number): Promise<LaunchId> {
  const launchId = await run(store, id);
  await end(store, launchId, { state: 'FIZZLED' });
  return launchId;
}

/** States of all Fireworks by id. */
export async function states(store: Store): Promise<Record<number, State>> {
  const { fireworks } = await store.findFireworks({ fields: 'summary' });
  return Object.fromEntries(fireworks.map(({ fwId: id, state }) => [id, state]));
}

/** The state of the Workflow that holds a Firework. */
export async function workflowState(store: Store, id: number): Promise<State> {
  const { workflows } = await store.findWorkflows({ fwIds: [fwId(id)], fields: 'summary' });
  const [workflow] = workflows;
  if (!workflow) throw new Error(`no Workflow holds Firework ${id}`);
  return workflow.state;
}

/** One Firework with its spec. */
export async function firework(store: Store, id: number): Promise<FireworkRecord> {
  const { fireworks } = await store.findFireworks({ fwIds: [fwId(id)], fields: 'all' });
  const [found] = fireworks;
  if (!found) throw new Error(`there is no Firework ${id}`);
  return found;
}

export async function launch(store: Store, launchId: LaunchId): Promise<LaunchRecord> {
  const [found] = await store.findLaunches([launchId]);
  if (!found) throw new Error(`there is no Launch ${launchId}`);
  return found;
}

/** Tries again until something holds; the clocks of launchpads go on meanwhile. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come about within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** How many parents a Firework has, and how many are done. */
export async function parentTally(store: Store, id: number): Promise<ParentTally | undefined> {
  const { outcome } = await decide(store, { fwIds: [fwId(id)] }, ({ neighbourhood: { nodes } }) =>
    nothing(nodes.get(fwId(id))?.parents),
  );
  return outcome;
}
