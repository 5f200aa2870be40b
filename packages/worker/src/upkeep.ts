import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { AgentId, LaunchPad, UpkeepReport } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { tellJournal } from './journal-telling.ts';

export interface UpkeepOptions {
  launchpad: LaunchPad;
  log: Log;
  /** The folder of journals of this host; absolute. */
  spool: string;
}

/** What a round of upkeep did; null when another process is at it. */
export type UpkeepRound = (UpkeepReport & { told: AgentId[] }) | null;

/**
 * One round of upkeep: asks which agents are dead, tells the launchpad what their journals hold (those that can be read
 * from here), and lets it declare what remains lost. Run by every rlaunch and by `lpad admin maintain`.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function keepUp({ launchpad, log, spool }: UpkeepOptions): Promise<UpkeepRound> {
  const key = randomUUID();
  const { agents, heldByAnother } = await launchpad.deadAgents({ key });
  if (heldByAnother) return null;
  const told: AgentId[] = [];
  const done: string[] = [];
  for (const { agentId, journal } of agents) {
    const telling = await tellJournal(journal, { launchpad, log, spool });
    if (!telling) continue;
    told.push(agentId);
    if (telling.left === 0) done.push(journal);
  }
  const report = await launchpad.upkeep({ key, told });
  // Only now: a round that is cut short is begun again with the same journals.
  for (const journal of done) rmSync(journal, { force: true });
  return { ...report, told };
}
