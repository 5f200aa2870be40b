import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { Document, Filter } from 'mongodb';
import type { HeldLaunch, SilentLaunch } from '../maintenance-store.ts';
import type { MongoConnection } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { dateOf, integerOf, launchIdsOf, momentOf } from './documents.ts';

/**
 * FireWorks' rules (format §13): `updated_on` of the entry of the history is the sign of life. It compares texts, so that an
 * entry with Dates is never too old for it; here both forms count. What is read is as many Launches as are in that state.
 */
export async function findSilentLaunches(
  connection: MongoConnection,
  { silentSeconds }: { silentSeconds: number },
): Promise<SilentLaunch[]> {
  return launchesSince(connection, 'RUNNING', silentSeconds);
}

export async function findStaleReservations(
  connection: MongoConnection,
  { olderThanSeconds }: { olderThanSeconds: number },
): Promise<HeldLaunch[]> {
  const stale = await launchesSince(connection, 'RESERVED', olderThanSeconds);
  return stale.map(({ launchId: id, fwId: maker, agentId }) => ({ launchId: id, fwId: maker, agentId }));
}

/** Of the last entry of a state the moments alone: histories are long, and checkpoints in them may be large. */
function signsOfLife(state: string): Document {
  const entry = { $last: { $filter: { input: '$state_history', cond: { $eq: ['$$this.state', state] } } } };
  const member = (name: string) => ({ $let: { vars: { entry }, in: `$$entry.${name}` } });
  const moments = { created_on: member('created_on'), updated_on: member('updated_on') };
  return { _id: 0, launch_id: 1, fw_id: 1, ...moments };
}

/** Launches in a state that Fireworks in that state hold, and of which nothing was heard for so long. */
async function launchesSince(
  connection: MongoConnection,
  state: 'RUNNING' | 'RESERVED',
  seconds: number,
): Promise<SilentLaunch[]> {
  await connection.setClock();
  const before = timestamp(epochMilliseconds(connection.now()) - seconds * 1000);
  const silent: Omit<SilentLaunch, 'agentId'>[] = [];
  const found = connection.launches.find(
    { state, state_history: { $elemMatch: { state, ...lastHeardOf(before) } } },
    { projection: signsOfLife(state), batchSize: 10_000 },
  );
  for (const launch of await found.toArray()) {
    const startedOn = moment(launch.created_on);
    const heardOn = launch.updated_on == null ? startedOn : moment(launch.updated_on);
    if (heardOn > before) continue;
    const ids = { launchId: launchId(integerOf(launch.launch_id)), fwId: fwId(integerOf(launch.fw_id)) };
    silent.push({ ...ids, startedOn, heardOn });
  }
  const makers = silent.map((launch) => launch.fwId);
  const ids = silent.map((launch) => launch.launchId);
  const [held, agents] = await Promise.all([heldBy(connection, state, makers), holders(connection, ids)]);
  return silent
    .filter((launch) => held.has(launch.launchId))
    .map((launch) => ({ ...launch, agentId: agents.get(launch.launchId) ?? null }));
}

function lastHeardOf(before: Timestamp): Filter<Document> {
  const early = (field: string) => [{ [field]: { $lte: before } }, { [field]: { $lte: dateOf(before) } }];
  return { $or: [...early('updated_on'), { updated_on: null, $or: early('created_on') }] };
}

const moment = (value: unknown): Timestamp =>
  value instanceof Date ? timestamp(value.getTime()) : momentOf(typeof value === 'string' ? value : null);

/** Launches that Fireworks hold which are in the same state. */
async function heldBy(
  { fireworks }: MongoConnection,
  state: 'RUNNING' | 'RESERVED',
  fwIds: FwId[],
): Promise<Set<LaunchId>> {
  if (fwIds.length === 0) return new Set();
  const found = await fireworks
    .find({ fw_id: { $in: fwIds }, state }, { projection: { _id: 0, launches: 1 }, batchSize: 10_000 })
    .toArray();
  return new Set(found.flatMap((firework) => launchIdsOf(firework.launches)));
}

async function holders({ starts }: MongoConnection, ids: LaunchId[]) {
  const agents = new Map<LaunchId, HeldLaunch['agentId']>();
  if (ids.length === 0) return agents;
  const found = starts.find({ _id: { $in: ids } }, { projection: { agent: 1 }, batchSize: 10_000 });
  for (const start of await found.toArray()) {
    agents.set(launchId(integerOf(start._id)), agentOf(start.agent));
  }
  return agents;
}
