import { randomUUID } from 'node:crypto';
import type { AgentId } from '@skyrocket/contract/agents';
import type { Log } from '@skyrocket/contract/log';
import type { UpkeepReport } from '@skyrocket/contract/upkeep';
import { removeJournal } from './journal.ts';
import { tellJournal, tellSpool } from './journal-telling.ts';
import type { WorkerLaunchPad } from './worker-options.ts';

export interface UpkeepOptions {
  launchpad: WorkerLaunchPad;
  log: Log;
  /** The folder of journals of this host; absolute. */
  spool: string;
  /** No round when another ended its own within so many seconds. Default: 0. */
  notWithinSeconds?: number;
}

/** What a round of upkeep did; null when another process is at it, or was a moment ago. */
export type UpkeepRound = (UpkeepReport & { told: AgentId[] }) | null;

/**
 * One round of upkeep: asks which agents are dead, tells the launchpad what their journals hold (those that can be read
 * from here), and lets it declare what remains lost. Run by every rlaunch and by `lpad admin maintain`.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function keepUp({
  launchpad,
  log,
  spool,
  notWithinSeconds = 0,
}: UpkeepOptions): Promise<UpkeepRound> {
  const key = randomUUID();
  const { agents, heldByAnother } = await launchpad.deadAgents({ key, notWithinSeconds });
  if (heldByAnother) return null;
  const told: AgentId[] = [];
  const done: string[] = [];
  for (const agent of agents) {
    log.warn(`upkeep: ${agent.reason}; it held ${agent.launches.length} Launches`);
    const telling = await tellJournal(agent, { launchpad, log, spool });
    if (!telling) continue;
    told.push(agent.agentId);
    if (telling.left === 0) done.push(agent.journal);
    else
      log.warn(`upkeep: ${agent.journal} holds ${telling.left} lines that cannot be told here; it is kept`);
  }
  const report = await launchpad.upkeep({ key, told });
  // Only now: a round that is cut short is begun again with the same journals.
  for (const journal of done) removeJournal(journal);
  return { ...report, told };
}

/** Upkeep that a worker does beside its Launches. */
export interface RepeatedUpkeep {
  stop(): void;
}

const soonSeconds = 5;

/**
 * Does a round of upkeep now, which is waited for, and one every so many seconds; of many workers that do so, one is enough.
 * When another is at it now, it may have looked before somebody died: so it is tried again soon, then less and less often.
 * Failures are told in the log.
 */
export async function repeatUpkeep(options: UpkeepOptions, seconds: number): Promise<RepeatedUpkeep> {
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let wait = Math.min(soonSeconds, seconds);
  const round = async (notWithinSeconds: number) => {
    if (await tryUpkeep({ ...options, notWithinSeconds })) wait = seconds;
    if (stopped) return;
    const isUsual = wait === seconds;
    timer = setTimeout(() => void round(isUsual ? seconds / 2 : soonSeconds), wait * 1000);
    timer.unref();
    wait = Math.min(seconds, 2 * wait);
  };
  await round(0);
  return {
    stop() {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}

/**
 * A round of upkeep that must not disturb what else is done: failures are told in the log.
 * @returns false when it was left to another process
 */
export async function tryUpkeep(options: UpkeepOptions): Promise<boolean> {
  const { log } = options;
  try {
    await tellSpool('gone', options);
    const round = await keepUp(options);
    for (const { launchId, fwId, reran } of round?.lost ?? [])
      log.warn(`upkeep: Launch ${launchId} of Firework ${fwId} was lost${reran ? '; it is rerun' : ''}`);
    return round !== null;
  } catch (error) {
    log.warn(`upkeep: ${error instanceof Error ? error.message : error}`);
    return true;
  }
}
