import type { AgentId, Heartbeat, LaunchPing } from '@skyrocket/contract/agents';
import type { LaunchId } from '@skyrocket/model/ids';
import { checkpointToDocument, trackerToDocument } from '@skyrocket/model/launch-document';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { PingResult } from '../store.ts';
import { toBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';
import { agentOf, tokenOf } from './decide-locked.ts';
import { type StandingLaunch, standingLaunches } from './held-launches.ts';

/** Leases are measured by the database's own clock. */
export const renewed = { $set: { renewed_on: '$$NOW' } };

/**
 * Renews leases and writes the news of Launches, each only while it is RUNNING, with the same few commands for any number of
 * agents. Null: the agent is not known.
 */
export async function takeHeartbeats(
  connection: MongoConnection,
  heartbeats: readonly Heartbeat[],
): Promise<(PingResult[] | null)[]> {
  const ids = [...new Set(heartbeats.flatMap(({ pings }) => pings.map((ping) => ping.launchId)))];
  const [known, launches, tokens] = await Promise.all([
    renewLeases(connection, [...new Set(heartbeats.map(({ agentId }) => agentId))]),
    standingLaunches(connection, ids),
    tokensOf(connection, ids),
  ]);
  const own: LaunchPing[] = [];
  const results = heartbeats.map(({ agentId, pings }) => {
    if (!known.has(agentId)) return null;
    return pings.map((ping): PingResult => {
      const standing = standingOf(launches.get(ping.launchId), tokens.get(ping.launchId) === ping.token);
      if (standing === 'own') own.push(ping);
      return { launchId: ping.launchId, standing };
    });
  });
  await writeNews(connection, own);
  return results;
}

/** @returns those of the agents that are known */
async function renewLeases(
  { agents }: MongoConnection,
  ids: readonly AgentId[],
): Promise<ReadonlySet<AgentId>> {
  const { matchedCount } = await agents.updateMany({ _id: { $in: [...ids] } }, [renewed]);
  if (matchedCount === ids.length) return new Set(ids);
  const known = await agents.find({ _id: { $in: [...ids] } }, { projection: { _id: 1 } }).toArray();
  return new Set(known.flatMap((agent) => agentOf(agent._id) ?? []));
}

/** The tokens by which Launches were started. */
async function tokensOf({ starts }: MongoConnection, ids: readonly LaunchId[]) {
  if (ids.length === 0) return new Map<number, ReturnType<typeof tokenOf>>();
  const found = await starts
    .find({ _id: { $in: [...ids] } }, { projection: { token: 1 }, batchSize: ids.length + 1 })
    .toArray();
  return new Map(found.map((start) => [start._id, tokenOf(start.token)]));
}

function standingOf(launch: StandingLaunch | undefined, hasToken: boolean): PingResult['standing'] {
  if (!launch || launch.maker === 'deleted') return 'deleted';
  if (!hasToken) return 'not-yours';
  if (!launch.active) return 'archived';
  return launch.state === 'RUNNING' ? 'own' : 'ended';
}

/** A Launch may be named by two heartbeats, of which the first was not answered in time: the later news counts. */
async function writeNews(connection: MongoConnection, pings: readonly LaunchPing[]): Promise<void> {
  if (pings.length === 0) return;
  const now = connection.now();
  const news = new Map<LaunchId, LaunchPing>();
  for (const ping of pings) news.set(ping.launchId, { ...news.get(ping.launchId), ...ping });
  const alive: LaunchId[] = [];
  const operations: AnyBulkWriteOperation<Document>[] = [];
  for (const [id, ping] of news) {
    const { checkpoint, trackers } = ping;
    connection.claims.rememberPing(id, { updatedOn: now, ...(checkpoint && { checkpoint }) });
    if (!checkpoint && !trackers) alive.push(id);
    else operations.push({ updateOne: whileRunning([id], newsMembers(now, ping)) });
  }
  if (alive.length > 0) operations.push({ updateMany: whileRunning(alive, newsMembers(now, {})) });
  await connection.launches.bulkWrite(operations, { ordered: false });
}

/** What Python has replaced meanwhile stays as it is, but for these members of its one entry that is RUNNING (format §2.3). */
function whileRunning(ids: LaunchId[], set: Document) {
  const filter = { launch_id: ids.length === 1 ? ids[0] : { $in: ids }, state: 'RUNNING' };
  return { filter, update: { $set: set }, arrayFilters: [{ 'entry.state': 'RUNNING' }] };
}

function newsMembers(
  now: Timestamp,
  { checkpoint, trackers }: Pick<LaunchPing, 'checkpoint' | 'trackers'>,
): Document {
  const entry = 'state_history.$[entry]';
  return {
    [`${entry}.updated_on`]: now,
    ...(checkpoint && { [`${entry}.checkpoint`]: toBson(checkpointToDocument(checkpoint)) }),
    ...(trackers && { trackers: trackers.map((tracker) => toBson(trackerToDocument(tracker))) }),
  };
}
