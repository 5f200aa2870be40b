import type { StartToken } from '@skyrocket/contract/agents';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { isTruthy } from '@skyrocket/model/user-data';
import type { RememberedStart } from './claim-memory.ts';
import type { MongoConnection } from './connection.ts';
import { agentOf, tokenOf } from './decide-locked.ts';
import { integerOf, launchIdsOf, stateOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { areLone } from './lone-workflows.ts';
import { findRaw } from './raw-documents.ts';

/** A Launch that the only Firework of a Workflow holds, and no other Launch with it; both are in the same state. */
export interface LoneLaunch extends Omit<RememberedStart, 'token' | 'agentId'> {
  agentId: RememberedStart['agentId'] | null;
  /** Null: it was not started by a worker with a launchpad. */
  token: StartToken | null;
}

export type LoneLaunches = ReadonlyMap<LaunchId, LoneLaunch>;

/** Reads Launches that are RESERVED or RUNNING; null when one of them is not alone, or it is not known where it belongs. */
export async function readLoneLaunches(
  connection: MongoConnection,
  ids: readonly LaunchId[],
): Promise<LoneLaunches | null> {
  const workflows = workflowsOf(connection, ids);
  if (!workflows || !areLone(connection.homes, workflows.values())) return null;
  const [launches, starts, holders] = await Promise.all([
    findLaunches(connection, ids, 'without-actions'),
    connection.starts.find({ _id: { $in: [...ids] } }).toArray(),
    readHolders(connection, ids),
  ]);
  const startOf = new Map(starts.map((start) => [launchId(start._id), start]));
  const lone = new Map<LaunchId, LoneLaunch>();
  for (const launch of launches) {
    const firework = holders?.get(launch.launchId);
    const workflow = workflows.get(launch.fwId);
    const isOpen = launch.state === 'RESERVED' || launch.state === 'RUNNING';
    if (!isOpen || !workflow || firework?.fwId !== launch.fwId || firework.state !== launch.state)
      return null;
    const start = startOf.get(launch.launchId);
    const held = { agentId: agentOf(start?.agent), token: tokenOf(start?.token) };
    lone.set(launch.launchId, { launch, firework, workflow, ...held });
  }
  return lone.size === ids.length ? lone : null;
}

/** Where the Fireworks are that made the Launches, if that is known of all. */
function workflowsOf({ homes }: MongoConnection, ids: readonly LaunchId[]): Map<FwId, string> | null {
  const found = new Map<FwId, string>();
  for (const id of ids) {
    const maker = homes.makerOf(id);
    const workflow = maker === undefined ? undefined : homes.workflowOf(maker);
    if (maker === undefined || workflow === undefined) return null;
    found.set(maker, workflow);
  }
  return found;
}

const holderProjection = {
  ...{ _id: 0, fw_id: 1, name: 1, state: 1, launches: 1, archived_launches: 1 },
  'spec._dupefinder': 1,
};

/** By the only Launch that each holds; null when one holds several, or may share it. */
async function readHolders({ fireworks }: MongoConnection, ids: readonly LaunchId[]) {
  const documents = await findRaw(
    fireworks,
    { launches: { $in: [...ids] } },
    { projection: holderProjection },
  );
  const holders = new Map<LaunchId, RememberedStart['firework'] & { state: string }>();
  for (const document of documents) {
    const launches = launchIdsOf(document.get('launches'));
    const [only, ...others] = launches;
    const spec = document.get('spec');
    const mayShare = spec instanceof Map && isTruthy(spec.get('_dupefinder'));
    if (only === undefined || others.length > 0 || mayShare || holders.has(only)) return null;
    holders.set(only, {
      fwId: fwId(integerOf(document.get('fw_id'))),
      name: String(document.get('name') ?? ''),
      state: stateOf(document.get('state')),
      archivedLaunches: launchIdsOf(document.get('archived_launches')),
      launches,
    });
  }
  return holders;
}
