import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type {
  LaunchPad,
  LaunchReport,
  OfflineNews,
  OfflineRun,
  ReportResult,
} from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { parseJson } from '@skyrocket/model/lossless-json';
import {
  fireworkFileName,
  type OfflineFile,
  pingFileName,
  readPingFile,
} from '@skyrocket/model/offline-documents';
import type { TrackerRecord } from '@skyrocket/model/records';
import { newFireworkFromDocument } from '@skyrocket/model/workflow-document';
import { listJournals, parseJournal } from '../journal-reading.ts';
import { keepRefusedReport } from '../refused-report.ts';
import { readTrackers, trackersOf } from '../trackers.ts';
import { readOfflineState } from './offline-folder.ts';
import { offlineSpool } from './open-batch.ts';
import { readIfThere } from './whole-file.ts';

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
}

export interface RecoveryOptions {
  launchpad: Pick<LaunchPad, 'findOffline' | 'tellOffline' | 'cancelReservations'>;
  log: Log;
  /** Only Launches of this FWorker; null: all. */
  fworker: string | null;
}

/** Told together; so many results are no large request. */
const toldTogether = 200;

/**
 * Reads the directories of offline Launches, and tells the launchpad what is new in them. Two that do it at once do no harm.
 * What cannot be read may be read next time, so that nothing is decided about it.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function recoverOffline({ launchpad, log, fworker }: RecoveryOptions): Promise<Recovery> {
  const { runs } = await launchpad.findOffline();
  const wanted = runs.filter((run) => fworker === null || run.fworker === fworker);
  const recovery: Recovery = { recovered: [], running: [], givenBack: [], failed: [] };
  for (let from = 0; from < wanted.length; from += toldTogether) {
    const some = wanted.slice(from, from + toldTogether);
    await recoverSome(
      some.map((run) => ({ run, found: lookAt(run) })),
      { launchpad, log, recovery },
    );
  }
  return recovery;
}

interface Seen {
  run: OfflineRun;
  found: Found;
}

/** What the directory of an offline Launch tells. */
type Found =
  | { kind: 'waits' }
  | { kind: 'news'; news: OfflineNews }
  | { kind: 'given back'; reason: string }
  | { kind: 'unreadable'; reason: string };

function lookAt(run: OfflineRun): Found {
  const { launchId, fwId, launchDir } = run;
  try {
    const file = readOfflineState(launchDir);
    if (!file) return { kind: 'unreadable', reason: `there is no FW_offline.json in ${launchDir}` };
    if (file.launchId !== launchId) {
      const reason = `FW_offline.json in ${launchDir} is that of Launch ${file.launchId}, not of ${launchId}`;
      return { kind: 'unreadable', reason };
    }
    if (file.givenBack !== null && !file.ended) return { kind: 'given back', reason: file.givenBack };
    if (file.startedOn === null) return { kind: 'waits' };
    const ended = file.ended ?? endInJournal(run);
    const pingedOn = pingOf(launchDir);
    const trackers = trackersIn(launchDir);
    const news: OfflineNews = {
      ...(file.launchpad !== null && { launchpad: file.launchpad }),
      ...{ launchId, fwId, startedOn: file.startedOn },
      ...(pingedOn && { pingedOn }),
      ...(file.checkpoint && { checkpoint: file.checkpoint }),
      ...(trackers.length > 0 && { trackers: readTrackers(trackers, launchDir) }),
      ...(ended && { ended }),
    };
    return { kind: 'news', news };
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Specs may be large, and most have none. */
function trackersIn(launchDir: string): TrackerRecord[] {
  const path = join(launchDir, fireworkFileName);
  const text = readIfThere(path)?.toString('utf8') ?? '';
  if (!text.includes('"_trackers"')) return [];
  return trackersOf(newFireworkFromDocument(parseJson(text, { source: path })).spec);
}

function pingOf(launchDir: string) {
  const path = join(launchDir, pingFileName);
  try {
    const text = readIfThere(path)?.toString('utf8');
    return text === undefined ? null : readPingFile(text, path);
  } catch (error) {
    // A later ping tells it.
    if (isSkyrocketError(error)) return null;
    throw error;
  }
}

/** A worker that was killed right after its tasks has the result in its journal only. */
function endInJournal({ launchDir, launchId }: OfflineRun): OfflineFile['ended'] {
  for (const folder of [launchDir, dirname(launchDir)]) {
    for (const path of listJournals(offlineSpool(folder))) {
      const untold = parseJournal(path, readFileSync(path, 'utf8'))?.untold ?? [];
      const report = untold.map((entry) => entry.report).find((one) => one.launchId === launchId);
      if (report) return { state: report.state, action: report.action, endedOn: report.endedOn };
    }
  }
  return null;
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
