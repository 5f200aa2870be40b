import type { AgentId, AgentTerms, Heartbeat, RegisterAgent, TakenAway } from '@skyrocket/contract/agents';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { LeaseTerms } from './lease-terms.ts';
import { releaseUnstarted } from './releasing.ts';
import type { PingResult, Store } from './store/store.ts';

export async function registerAgent(
  store: Store,
  { leaseSeconds, heartbeatSeconds }: LeaseTerms,
  agent: RegisterAgent,
): Promise<AgentTerms> {
  await store.registerAgent(agent);
  return { launchpad: await store.identity(), leaseSeconds, heartbeatSeconds };
}

export async function findAgent(
  store: Store,
  { agentId }: { agentId: AgentId },
): Promise<{ agent: RegisterAgent | null }> {
  const standing = await store.findAgent(agentId);
  if (standing === null) return { agent: null };
  const { silentSeconds: _silentSeconds, launches: _launches, ...agent } = standing;
  return { agent };
}

/** @throws SkyrocketError NOT_ALLOWED when the agent is not known (any more): it has to register again */
export async function takeHeartbeat(
  store: Store,
  { watchGapSeconds }: LeaseTerms,
  heartbeat: Heartbeat,
): Promise<{ takenAway: TakenAway[] }> {
  const [results] = await Promise.all([
    store.heartbeat(heartbeat),
    store.watch({ maxGapSeconds: watchGapSeconds }),
  ]);
  if (results !== null) return { takenAway: results.flatMap((result) => takenAway(result) ?? []) };
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `agent ${heartbeat.agentId} is not registered with this launchpad (any more); it has to register again`,
  );
}

/**
 * A Launch that has ended was reported, or was called lost: what it tells in the end may still count, so that it is not
 * taken away.
 */
function takenAway({ launchId, standing }: PingResult): TakenAway | null {
  switch (standing) {
    case 'own':
    case 'ended':
      return null;
    case 'deleted':
      return { launchId, reason: 'its Workflow was deleted' };
    case 'archived':
      return { launchId, reason: 'its Firework was rerun, defused or archived' };
    case 'not-yours':
      return { launchId, reason: 'it belongs to another worker' };
  }
}

/** An agent that still has RUNNING Launches is not forgotten: they are missed when its lease has run out. */
export async function signOff(store: Store, { agentId }: { agentId: AgentId }): Promise<void> {
  const agent = await store.findAgent(agentId);
  if (agent === null) return;
  const launchIds = agent.launches
    .filter((launch) => launch.state === 'RESERVED')
    .map((launch) => launch.launchId);
  await releaseUnstarted(store, { agentId, launchIds, reason: 'The worker ended before it started it.' });
  await store.forgetAgents([agentId]);
}
