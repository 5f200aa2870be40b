import { SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { StoreClaim } from '../store.ts';
import type { MongoConnection } from './connection.ts';

export type Place = Pick<LaunchRecord, 'host' | 'ip' | 'launchDir'>;

/** Where the agent is; it chooses the directory when it starts. Without an agent: where the job is submitted from. */
export async function placeOf(
  { agents, claims }: MongoConnection,
  { agentId, submittedFrom }: StoreClaim,
): Promise<Place> {
  if (submittedFrom) return submittedFrom;
  const known = agentId === null ? null : claims.placeOf(agentId);
  if (known) return { ...known, launchDir: '' };
  const agent = await agents.findOne({ _id: agentId ?? '' }, { projection: { host: 1, ip: 1 } });
  if (agent) return { host: String(agent.host), ip: String(agent.ip), launchDir: '' };
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `agent ${agentId} is not registered with this launchpad (any more), so it cannot claim; it has to register again`,
  );
}
