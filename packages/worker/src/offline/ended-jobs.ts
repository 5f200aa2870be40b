import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { OfflineNews, OfflineRun } from '@skyrocket/contract/offline';
import { type LostJob, lostAction } from '@skyrocket/model/decisions/lost-action';
import { timestamp } from '@skyrocket/model/timestamp';
import { giveRunsBack } from './giving-back.ts';
import { lookAt } from './looking.ts';
import { mostTogether } from './recovering.ts';

/** A job that has ended. */
export interface EndedJob {
  jobId: string;
  /** By which it is explained later; null: nobody can be asked, and the words are all. */
  job: LostJob | null;
  /** The batch system's own words. */
  words: string;
}

/** A Launch without a launchpad whose job has ended. */
export interface EndedRun extends EndedJob {
  run: OfflineRun;
  /** Whether policy gives a Launch back that had not begun when its job ended so. */
  again: boolean;
}

type Settling = Pick<LaunchPad, 'tellOffline' | 'cancelReservations'>;

/**
 * What there is of Launches whose jobs have ended: one that had begun and told no end is lost, one that had not begun is given back
 * where policy says so, else that is told. What is told in their files is for `recoverOffline`.
 * @throws SkyrocketError STORE_*
 */
export async function settleEndedRuns(
  launchpad: Settling,
  log: Log,
  ended: readonly EndedRun[],
): Promise<void> {
  const lost: OfflineNews[] = [];
  for (const one of ended) {
    // Looked at now: the job wrote nothing after its end.
    const found = lookAt(one.run);
    if (found.kind === 'waits') await settleUnstarted(launchpad, log, one);
    if (found.kind !== 'news' || found.news.ended) continue;
    log.warn(`Firework ${one.run.fwId} is lost: ${saidOf(one)}`);
    lost.push(lostRun(found.news, one));
  }
  for (let first = 0; first < lost.length; first += mostTogether)
    await launchpad.tellOffline({ runs: lost.slice(first, first + mostTogether) });
}

export const saidOf = ({ jobId, words }: EndedJob) => `job ${jobId} has ended without its result (${words})`;

/** What is told of a Launch that had begun, and told no end. */
export function lostRun(news: OfflineNews, { jobId, job, words }: EndedJob): OfflineNews {
  const reason = 'It ran without a launchpad, and its job ended without its result.';
  const action = job ? lostAction(reason, job) : lostAction(`${reason} Its job ${jobId} ended: ${words}.`);
  return { ...news, ended: { state: 'FIZZLED', action, endedOn: timestamp(Date.now()) } };
}

async function settleUnstarted(
  launchpad: Settling,
  log: Log,
  { run, jobId, words, again }: EndedRun,
): Promise<void> {
  const sentence = `Firework ${run.fwId} was reserved for job ${jobId}, which ended before it began (${words})`;
  if (!again) return log.warn(`${sentence}; lpad cancel_qid --qid ${jobId} gives it back`);
  const reason = `Its job ${jobId} ended before it began: ${words}.`;
  const { cancelled } = await giveRunsBack(launchpad, { runs: [run], others: [] }, reason);
  if (cancelled.length > 0) log.warn(`${sentence}; it is READY again`);
}
