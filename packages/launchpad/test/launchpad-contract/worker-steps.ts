import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Claim, Claimed, LaunchReport, ReportResult, StartResult } from '@skyrocket/contract/running';
import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import {
  agent,
  agentId,
  fworker,
  newKey,
  newWorkflow,
  type Sketch,
  token,
} from '../store-contract/samples.ts';
import { endedOn } from '../store-contract/steps.ts';

/** Adds one Workflow. The first one's Fireworks have the ids 1, 2, … in the order of the ids in the sketch. */
export async function add(launchpad: LaunchPad, sketch: Sketch): Promise<FwId[]> {
  const { idMaps } = await launchpad.addWorkflows({ key: newKey(), workflows: [newWorkflow(sketch)] });
  return idMaps.flatMap((ids) => [...ids.values()]);
}

export async function register(launchpad: LaunchPad, ...names: string[]): Promise<void> {
  for (const name of names) await launchpad.registerAgent(agent(name));
}

/** A claim of agent `a` for one Firework, but for what is given. */
export function claim(launchpad: LaunchPad, members: Partial<Claim> = {}): Promise<Claimed> {
  return launchpad.claim({
    key: newKey(),
    agentId: agentId('a'),
    fworker: fworker(),
    count: 1,
    order: 'any',
    withoutTasks: [],
    ...members,
  });
}

export const claimedFireworks = ({ claims }: Claimed): FwId[] => claims.map(({ firework }) => firework.fwId);

/** Agent `a`, or the one named, claims one Firework. */
export async function reserve(launchpad: LaunchPad, id: number, name = 'a'): Promise<LaunchId> {
  await register(launchpad, name);
  const [claimed] = (await claim(launchpad, { fwId: fwId(id), agentId: agentId(name) })).claims;
  if (!claimed) throw new Error(`Firework ${id} could not be claimed`);
  return claimed.launchId;
}

/** Agent `a`, or the one named, starts a Launch with the token `token of ID`. */
export async function start(launchpad: LaunchPad, id: LaunchId, name = 'a'): Promise<StartResult> {
  const starts = [{ launchId: id, token: token(`token of ${id}`), launchDir: `/launches/${id}` }];
  const place = { agentId: agentId(name), fworker: fworker(), host: 'node01', ip: '10.0.0.2' };
  const { results } = await launchpad.start({ key: newKey(), ...place, starts });
  const [result] = results;
  if (!result) throw new Error('a start has a result');
  return result;
}

export async function run(launchpad: LaunchPad, id: number, name = 'a'): Promise<LaunchId> {
  const launchId = await reserve(launchpad, id, name);
  const { outcome } = await start(launchpad, launchId, name);
  if (outcome !== 'started') throw new Error(`Firework ${id} could not be started`);
  return launchId;
}

/** What the worker that started a Launch tells: COMPLETED with an empty action, but for what is given. */
export async function reportOf(
  launchpad: LaunchPad,
  id: LaunchId,
  members: Partial<LaunchReport> = {},
): Promise<LaunchReport> {
  const { uuid } = await launchpad.identity();
  return {
    launchpad: uuid,
    launchId: id,
    token: token(`token of ${id}`),
    state: 'COMPLETED',
    action: emptyAction(),
    endedOn,
    ...members,
  };
}

export async function report(
  launchpad: LaunchPad,
  id: LaunchId,
  members: Partial<LaunchReport> = {},
): Promise<ReportResult> {
  const reports = [await reportOf(launchpad, id, members)];
  const { results } = await launchpad.report({ key: newKey(), reports });
  const [result] = results;
  if (!result) throw new Error('a report has a result');
  return result;
}

/** Runs one Firework to its end. */
export async function complete(
  launchpad: LaunchPad,
  id: number,
  action: Partial<FWAction> = {},
): Promise<LaunchId> {
  const launchId = await run(launchpad, id);
  await report(launchpad, launchId, { action: { ...emptyAction(), ...action } });
  return launchId;
}

export async function fizzle(launchpad: LaunchPad, id: number): Promise<LaunchId> {
  const launchId = await run(launchpad, id);
  await report(launchpad, launchId, { state: 'FIZZLED' });
  return launchId;
}

/** States of all Fireworks by id. */
export async function states(launchpad: LaunchPad): Promise<Record<number, State>> {
  const { fireworks } = await launchpad.findFireworks({ fields: 'summary' });
  return Object.fromEntries(fireworks.map(({ fwId: id, state }) => [id, state]));
}

export async function launch(launchpad: LaunchPad, id: LaunchId): Promise<LaunchRecord> {
  const [found] = (await launchpad.findLaunches({ launchIds: [id] })).launches;
  if (!found) throw new Error(`there is no Launch ${id}`);
  return found;
}
