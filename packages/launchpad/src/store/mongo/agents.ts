import type { AgentId, LaunchPing, RegisterAgent } from '@skyrocket/contract/launchpad';
import { changedHistory } from '@skyrocket/model/apply-change';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { fworkerFromDocument, fworkerToDocument, trackerToDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { LaunchState } from '@skyrocket/model/states';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { AgentStanding, PingResult } from '../store.ts';
import { fromBson, toBson } from './bson-user-data.ts';
import { type MongoConnection, passing } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { integerOf, launchIdsOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { addHistory } from './launch-writes.ts';

/** Leases are measured by the database's own clock. */
const renewed = { $set: { renewed_on: '$$NOW' } };

/** Registers an agent, or renews its registration. */
export async function registerAgent(
  { agents, claims }: MongoConnection,
  agent: RegisterAgent,
): Promise<void> {
  const facts = {
    fworker: toBson(fworkerToDocument(agent.fworker)),
    host: agent.host,
    ip: agent.ip,
    pid: agent.pid,
    process_start: agent.processStart,
    journal: agent.journal,
    version: agent.version,
    owner: agent.owner ?? null,
    job: agent.job ? JSON.stringify(agent.job) : null,
  };
  const literals = Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, { $literal: value }]),
  );
  await agents.updateOne({ _id: agent.agentId }, [{ $set: literals }, renewed], { upsert: true });
  claims.rememberAgent(agent.agentId, { host: agent.host, ip: agent.ip });
}

/** Seconds since an agent was heard of; null when it is not known. */
export async function silentSeconds({ agents }: MongoConnection, agentId: string): Promise<number | null> {
  const [agent] = await agents
    .aggregate([{ $match: { _id: agentId } }, { $project: { silent: silence } }])
    .toArray();
  return agent ? Number(agent.silent) / 1000 : null;
}

const silence = { $subtract: ['$$NOW', '$renewed_on'] } as const;

/** Agents as they stand, with what they hold; all of them when none is named. */
export async function agentStandings(
  connection: MongoConnection,
  agentId?: AgentId,
): Promise<AgentStanding[]> {
  const match = agentId === undefined ? {} : { _id: agentId };
  const pipeline = [{ $match: match }, { $sort: { _id: 1 } }, { $addFields: { silent: silence } }];
  const standings: AgentStanding[] = [];
  for await (const bytes of connection.agents.aggregate(pipeline, { raw: true })) {
    if (bytes instanceof Uint8Array) standings.push(await standingOfAgent(connection, fromBson(bytes)));
  }
  return standings;
}

async function standingOfAgent(connection: MongoConnection, document: UserMap): Promise<AgentStanding> {
  const agentId = agentOf(document.get('_id'));
  if (agentId === null) throw new Error('an agent has no id');
  const fworker = document.get('fworker');
  const owner = document.get('owner');
  const job = document.get('job');
  return {
    agentId,
    fworker: fworkerFromDocument(isUserMap(fworker) ? fworker : new Map()),
    host: String(document.get('host')),
    ip: String(document.get('ip')),
    pid: integerOf(document.get('pid')),
    processStart: String(document.get('process_start')),
    journal: String(document.get('journal')),
    version: String(document.get('version')),
    ...(typeof owner === 'string' && { owner }),
    ...(typeof job === 'string' && { job: JSON.parse(job) }),
    silentSeconds: Math.max(0, integerOf(document.get('silent')) / 1000),
    launches: await launchesHeldBy(connection, agentId),
  };
}

/** Active Launches of an agent that have not ended. Those that have are taken out of what it is said to hold. */
async function launchesHeldBy(
  connection: MongoConnection,
  agent: AgentId,
): Promise<AgentStanding['launches']> {
  const live = await connection.starts
    .find({ agent, live: true }, { projection: { _id: 1, on: 1 } })
    .toArray();
  const ids = live.map((start) => launchId(start._id)).sort((a, b) => a - b);
  const launches = await standingLaunches(connection, ids);
  const held = launches.flatMap(({ launch, active }) => {
    const { launchId: id, fwId: maker, state } = launch;
    return active && (state === 'RESERVED' || state === 'RUNNING')
      ? [{ launchId: id, fwId: maker, state }]
      : [];
  });
  // A claim that is being made at this moment has no Launch yet.
  const isRecent = (on: unknown) => on instanceof Date && Date.now() - on.getTime() < 60_000;
  const over = live.filter((start) => !held.some((one) => one.launchId === start._id) && !isRecent(start.on));
  if (over.length > 0) {
    const gone = { _id: { $in: over.map((start) => start._id) } };
    await connection.starts.updateMany(gone, { $unset: { live: '' } }, passing);
  }
  return held;
}

interface StandingLaunch {
  launch: LaunchRecord;
  /** Whether the Firework that made it is there, and holds it as active. */
  maker: 'there' | 'deleted';
  active: boolean;
}

async function standingLaunches(connection: MongoConnection, ids: LaunchId[]): Promise<StandingLaunch[]> {
  if (ids.length === 0) return [];
  const launches = await findLaunches(connection, ids, 'without-actions');
  const makers = launches.map((launch) => launch.fwId);
  const held = new Map<FwId, LaunchId[]>();
  const found = connection.fireworks.find(
    { fw_id: { $in: makers } },
    { projection: { _id: 0, fw_id: 1, launches: 1 } },
  );
  for await (const firework of found) {
    held.set(fwId(integerOf(firework.fw_id)), launchIdsOf(firework.launches));
  }
  return launches.map((launch) => {
    const active = held.get(launch.fwId);
    return {
      launch,
      maker: active ? 'there' : 'deleted',
      active: active?.includes(launch.launchId) === true,
    };
  });
}

/** Renews a lease and writes the news of Launches, each only while it is RUNNING. */
export async function takeHeartbeat(
  connection: MongoConnection,
  { agentId, pings }: { agentId: AgentId; pings: LaunchPing[] },
): Promise<PingResult[]> {
  await connection.agents.updateOne({ _id: agentId }, [renewed]);
  if (pings.length === 0) return [];
  const ids = pings.map((ping) => ping.launchId);
  const [launches, starts] = await Promise.all([
    standingLaunches(connection, ids),
    connection.starts.find({ _id: { $in: [...ids] } }).toArray(),
  ]);
  const now = connection.now();
  const operations = [];
  const results: PingResult[] = [];
  for (const ping of pings) {
    const found = launches.find(({ launch }) => launch.launchId === ping.launchId);
    const token: unknown = starts.find((start) => start._id === ping.launchId)?.token;
    const standing = standingOfPing(found, token === ping.token);
    results.push({ launchId: ping.launchId, standing });
    if (standing !== 'own' || !found) continue;
    const news = { updatedOn: now, ...(ping.checkpoint ? { checkpoint: ping.checkpoint } : {}) };
    const set = new Map<string, unknown>();
    const history = changedHistory(found.launch.history, { ping: news });
    addHistory(set, history);
    connection.claims.rememberHistory(ping.launchId, history);
    if (ping.trackers)
      set.set(
        'trackers',
        ping.trackers.map((tracker) => toBson(trackerToDocument(tracker))),
      );
    const running: { launch_id: LaunchId; state: LaunchState } = {
      launch_id: ping.launchId,
      state: 'RUNNING',
    };
    operations.push({ updateOne: { filter: running, update: { $set: set } } });
  }
  if (operations.length > 0) await connection.launches.bulkWrite(operations, { ordered: false });
  return results;
}

function standingOfPing(found: StandingLaunch | undefined, hasToken: boolean): PingResult['standing'] {
  if (!found || found.maker === 'deleted') return 'deleted';
  if (!hasToken) return 'not-yours';
  if (!found.active) return 'archived';
  return found.launch.state === 'RUNNING' ? 'own' : 'ended';
}

/** Forgets those of the agents that hold no Launch. */
export async function forgetAgents(connection: MongoConnection, agentIds: AgentId[]): Promise<void> {
  for (const agent of agentIds) {
    const held = await launchesHeldBy(connection, agent);
    if (held.length > 0) continue;
    connection.claims.forgetAgent(agent);
    await connection.agents.deleteOne({ _id: agent });
  }
}
