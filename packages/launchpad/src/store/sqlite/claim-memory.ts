import type { AgentId } from '@skyrocket/contract/agents';
import type { LaunchId } from '@skyrocket/model/ids';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { answerGiven, rememberAnswer } from './answers.ts';
import type { Connection } from './connection.ts';

/** What a claim was answered. */
export interface ClaimAnswer {
  launchIds: LaunchId[];
  exhausted: boolean;
}

/** A claim as far as it is remembered: by its key, and whose it is. */
interface KeyedClaim {
  key: string;
  /** Null for a reservation. */
  agentId: AgentId | null;
}

/**
 * The answer to an earlier claim with this key; null when there was none. An agent claims again only when it has its
 * answer, so that its last one is all that can be asked for twice. It stands in the agent's row: claims come by the
 * thousand, and answers in a table of their own would outgrow the Launches that they name.
 */
export function claimAnswer(database: Connection, { key, agentId }: KeyedClaim): ClaimAnswer | null {
  const text = agentId === null ? answerGiven(database, key) : lastClaim(database, agentId);
  if (text === null) return null;
  const given: ClaimAnswer & { key?: string } = JSON.parse(text);
  return agentId === null || given.key === key ? given : null;
}

export function rememberClaim(
  database: Connection,
  { key, agentId }: KeyedClaim,
  { answer, now }: { answer: ClaimAnswer; now: Timestamp },
): void {
  if (agentId === null) {
    rememberAnswer(database, { key, answer: JSON.stringify(answer), now });
    return;
  }
  const claim = JSON.stringify({ key, ...answer });
  database.run('UPDATE agents SET claim = ? WHERE agent = ?', claim, agentId);
}

function lastClaim(database: Connection, agentId: AgentId): string | null {
  const row = database.get<{ claim: string | null }>('SELECT claim FROM agents WHERE agent = ?', agentId);
  return row?.claim ?? null;
}
