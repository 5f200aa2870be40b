import type { LaunchRecord } from '@skyrocket/model/records';
import { notRegistered } from '../claimed.ts';
import type { StoreClaim } from '../store.ts';
import type { MongoConnection } from './connection.ts';

export type Place = Pick<LaunchRecord, 'host' | 'ip' | 'launchDir'>;

/** Where the agent is; it chooses the directory when it starts. Without an agent: where the job is submitted from. */
export async function placeOf({ agents, claims }: MongoConnection, request: StoreClaim): Promise<Place> {
  const { agentId, submittedFrom } = request;
  if (submittedFrom) return submittedFrom;
  const known = agentId === null ? null : claims.placeOf(agentId);
  if (known) return { ...known, launchDir: '' };
  const agent = await agents.findOne({ _id: agentId ?? '' }, { projection: { host: 1, ip: 1 } });
  if (agent) return { host: String(agent.host), ip: String(agent.ip), launchDir: '' };
  throw notRegistered(request);
}
