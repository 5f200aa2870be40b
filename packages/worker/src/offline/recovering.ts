import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { OfflineNews, OfflineRun } from '@skyrocket/contract/offline';
import type { LaunchReport, ReportResult } from '@skyrocket/contract/running';
import type { FwId } from '@skyrocket/model/ids';
import { keepRefusedReport } from '../refused-report.ts';
import { type Found, lookAt } from './looking.ts';

/** What a round of `lpad recover_offline` did. */
export interface Recovery {
  /** Fireworks whose results were taken. */
  recovered: FwId[];
  /** Those that were found to run. */
  running: FwId[];
  /** Those that the worker did not run; they are READY again. */
  givenBack: FwId[];
  /** Those whose files cannot be read, each with a sentence; they are left as they are. */
  failed: { fwId: FwId; reason: string }[];
  /** Those that have told no end, and may have begun or not. */
  open: OfflineRun[];
}

export interface RecoveryOptions {
  launchpad: Pick<LaunchPad, 'findOffline' | 'tellOffline' | 'cancelReservations'>;
  log: Log;
  /** Only Launches of this FWorker; null: all. */
  fworker: string | null;
}

/** So many are told together at most; so many results are no large request. */
export const mostTogether = 200;

/** So many requests are under way at once: while some are answered, the directories of others are read. */
const lanes = 3;

/**
 * Reads the directories of offline Launches, and tells the launchpad what is new in them. Two that do it at once do no harm.
 * What cannot be read may be read next time, so that nothing is decided about it.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function recoverOffline({ launchpad, log, fworker }: RecoveryOptions): Promise<Recovery> {
  const { runs } = await launchpad.findOffline();
  const wanted = runs.filter((run) => fworker === null || run.fworker === fworker);
  const recovery: Recovery = { recovered: [], running: [], givenBack: [], failed: [], open: [] };
  // Evenly, so that no request is made alone when the others have been answered.
  const inLane = wanted.length / lanes;
  const together = Math.ceil(inLane / Math.ceil(inLane / mostTogether));
  let next = 0;
  const recoverNext = async () => {
    while (next < wanted.length) {
      const some = wanted.slice(next, next + together);
      next += together;
      const seen = some.map((run) => ({ run, found: lookAt(run) }));
      await recoverSome(seen, { launchpad, log, recovery });
    }
  };
  await Promise.all(Array.from({ length: lanes }, recoverNext));
  return inOrder(recovery);
}

/** As they were reserved, whichever was told first. */
function inOrder({ recovered, running, givenBack, failed, open }: Recovery): Recovery {
  const sorted = (ids: FwId[]) => ids.toSorted((a, b) => a - b);
  return {
    ...{ recovered: sorted(recovered), running: sorted(running), givenBack: sorted(givenBack) },
    failed: failed.toSorted((a, b) => a.fwId - b.fwId),
    open,
  };
}

interface Seen {
  run: OfflineRun;
  found: Found;
}

interface Telling extends Omit<RecoveryOptions, 'fworker'> {
  recovery: Recovery;
}

async function recoverSome(seen: Seen[], telling: Telling): Promise<void> {
  const { launchpad, log, recovery } = telling;
  const back = seen.flatMap(({ run, found }) => (found.kind === 'given back' ? [{ run, ...found }] : []));
  for (const { run, reason } of back) {
    const launchIds = [run.launchId];
    const { cancelled } = await launchpad.cancelReservations({ key: randomUUID(), launchIds, reason });
    if (cancelled.length > 0) recovery.givenBack.push(run.fwId);
  }
  for (const { run, found } of seen) {
    if (found.kind !== 'unreadable') continue;
    recovery.failed.push({ fwId: run.fwId, reason: found.reason });
    log.error(`Firework ${run.fwId} is left as it is: ${found.reason}`);
  }
  for (const { run, found } of seen)
    if (found.kind === 'waits' || (found.kind === 'news' && !found.news.ended)) recovery.open.push(run);
  const news = seen.flatMap(({ run, found }) => (found.kind === 'news' ? [{ run, news: found.news }] : []));
  const { results } = await launchpad.tellOffline({ runs: news.map((one) => one.news) });
  for (const [index, one] of news.entries()) {
    const result = results[index];
    if (result) note(one, result, telling);
  }
}

function note(
  { run, news }: { run: OfflineRun; news: OfflineNews },
  result: ReportResult,
  telling: Telling,
): void {
  const { log, recovery } = telling;
  if (result.outcome === 'refused') {
    if (news.ended)
      keepRefusedReport(
        { report: reportOf(news), reason: result.reason, dir: run.launchDir },
        run.launchDir,
        log,
      );
    else log.warn(`Firework ${run.fwId}: ${result.reason}`);
    return;
  }
  if (result.outcome === 'fizzled') log.warn(`Firework ${run.fwId} is FIZZLED: ${result.reason}`);
  if (news.ended) recovery.recovered.push(run.fwId);
  else recovery.running.push(run.fwId);
}

function reportOf({ launchId, launchpad = '', ended, checkpoint }: OfflineNews): LaunchReport {
  if (!ended) throw new Error(`Launch ${launchId} has not ended`);
  return {
    launchpad,
    launchId,
    token: '' as LaunchReport['token'],
    ...ended,
    ...(checkpoint && { checkpoint }),
  };
}
