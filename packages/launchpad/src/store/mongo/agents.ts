import type { AgentId, RegisterAgent } from '@skyrocket/contract/agents';
import { fworkerFromDocument, fworkerToDocument } from '@skyrocket/model/launch-document';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { AgentStanding } from '../store.ts';
import { fromBson, toBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { integerOf } from './documents.ts';
import { renewed } from './heartbeats.ts';
import { launchesHeldBy } from './held-launches.ts';
import { dropUnused } from './spare-launch-ids.ts';

/** Registers an agent, or renews its registration. */
export async function registerAgent(
  { agents, claims, ownClaims }: MongoConnection,
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
  ownClaims.noteAgent(agent);
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
  const documents = new Map<AgentId, UserMap>();
  for await (const bytes of connection.agents.aggregate(pipeline, { raw: true, batchSize: 1000 })) {
    const document = bytes instanceof Uint8Array ? fromBson(bytes) : null;
    const id = agentOf(document?.get('_id'));
    if (document && id !== null) documents.set(id, document);
  }
  const held = await launchesHeldBy(connection, [...documents.keys()]);
  return [...documents].map(([id, document]) => ({
    agentId: id,
    ...factsOf(document),
    launches: held.get(id) ?? [],
  }));
}

function factsOf(document: UserMap): Omit<AgentStanding, 'agentId' | 'launches'> {
  const fworker = document.get('fworker');
  const owner = document.get('owner');
  const job = document.get('job');
  return {
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
  };
}

/** Forgets those of the agents that hold no Launch. */
export async function forgetAgents(connection: MongoConnection, agentIds: AgentId[]): Promise<void> {
  if (agentIds.length === 0) return;
  const held = await launchesHeldBy(connection, agentIds);
  const free = agentIds.filter((agent) => held.get(agent)?.length === 0);
  if (free.some((agent) => connection.ownClaims.isOfThisProcess(agent))) await dropUnused(connection);
  for (const agent of free) {
    connection.claims.forgetAgent(agent);
    connection.ownClaims.forgetAgent(agent);
  }
  await connection.agents.deleteMany({ _id: { $in: free } });
}
