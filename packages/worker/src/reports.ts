import { randomUUID } from 'node:crypto';
import type { Log } from '@skyrocket/contract/log';
import type { ReportResult } from '@skyrocket/contract/running';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { secondsPerCall } from './batching.ts';
import { failureAction, failureWithReason } from './failure-action.ts';
import type { EndedEntry, Journal } from './journal.ts';
import { isOutage, throughOutages } from './outage.ts';
import { keepRefusedReport } from './refused-report.ts';
import type { WorkerLaunchPad } from './worker-options.ts';

/**
 * Tells the launchpad what Launches did. Reports are in the journal with the next turn of the event loop; those that come
 * within a moment are synced and sent together.
 */
export interface Reports {
  add(ended: EndedEntry): void;
  /** Reports that the launchpad has not taken yet. */
  untold(): number;
  /** Sends what waits; resolves when the launchpad has taken it. Rejects when `until` ends an outage, or on a fault. */
  flush(): Promise<void>;
  /** Sends what waits, while the worker waits for something else. */
  sendMeanwhile(): void;
  /** Nothing more is sent by itself; what was not is in the journal. */
  stop(): void;
}

export interface ReportsOptions {
  launchpad: WorkerLaunchPad;
  journal: Journal;
  log: Log;
  spool: string;
  /** Ends the patience with a launchpad that does not answer; what is untold then stays in the journal. */
  until: AbortSignal;
  told(results: ReportResult[]): void;
}

/** Reports of one call, so that none grows without bounds after an outage. */
const reportsPerCall = 500;

export function createReports(options: ReportsOptions): Reports {
  const { journal, log } = options;
  const entries = journalEntries(journal, log);
  let waiting: EndedEntry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> = Promise.resolve();
  let underWay = 0;
  let callSeconds = 0;

  /** What comes meanwhile waits for the next time, so that each time there are many. */
  async function sendWaiting(): Promise<void> {
    entries.write();
    for (let left = waiting.length; left > 0; ) {
      const batch = waiting.slice(0, Math.min(left, reportsPerCall));
      left -= batch.length;
      waiting = waiting.slice(batch.length);
      underWay = batch.length;
      const begun = performance.now();
      try {
        await send(batch, options);
      } catch (error) {
        waiting = [...batch, ...waiting];
        throw error;
      } finally {
        underWay = 0;
        callSeconds = (performance.now() - begun) / 1000;
      }
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    const sent = sending.then(sendWaiting);
    sending = sent.catch(() => {});
    return sent;
  }

  function sendMeanwhile(): void {
    flush().catch((error: unknown) => {
      log.error(`reporting: ${error instanceof Error ? error.message : error}`);
    });
  }

  return {
    add(ended) {
      waiting.push(ended);
      entries.add(ended);
      // A report waits at most so long for others; who has nothing else to do flushes.
      timer ??= setTimeout(sendMeanwhile, secondsPerCall(callSeconds) * 1000);
    },
    untold: () => waiting.length + underWay,
    flush,
    sendMeanwhile,
    stop() {
      if (timer) clearTimeout(timer);
      entries.write();
    },
  };
}

interface JournalEntries {
  add(entry: EndedEntry): void;
  write(): void;
}

/** Puts results into the journal, those of one turn of the event loop together. */
function journalEntries(journal: Journal, log: Log): JournalEntries {
  let unwritten: EndedEntry[] = [];
  let writing: NodeJS.Immediate | null = null;

  function write(): void {
    if (writing) clearImmediate(writing);
    writing = null;
    const entries = unwritten;
    unwritten = [];
    if (entries.length === 0) return;
    try {
      journal.ended(entries);
    } catch (error) {
      // The launchpad may still take them: its disk may be another one.
      if (!isSkyrocketError(error)) throw error;
      log.error(`${error.message}; ${entries.length} results are told without it`);
    }
  }

  return {
    add(entry) {
      unwritten.push(entry);
      writing ??= setImmediate(write);
    },
    write,
  };
}

async function send(batch: EndedEntry[], options: ReportsOptions): Promise<void> {
  await syncIfPossible(options);
  try {
    await tell(batch, options);
  } catch (error) {
    if (!isSkyrocketError(error) || isOutage(error)) throw error;
    await sendApart(batch, error, options);
  }
}

async function tell(batch: EndedEntry[], options: ReportsOptions): Promise<void> {
  const { launchpad, log, until } = options;
  const request = { reports: batch.map(({ report }) => report), key: randomUUID() };
  const patience = { log, what: 'reporting', until };
  const { results } = await throughOutages(() => launchpad.report(request), patience);
  take(batch, results, options);
}

/** One report that cannot be taken must not keep the others from being told; its Launch is FIZZLED for that reason. */
async function sendApart(batch: EndedEntry[], error: Error, options: ReportsOptions): Promise<void> {
  const [first] = batch;
  if (!first) return;
  if (batch.length > 1) {
    const half = Math.ceil(batch.length / 2);
    await send(batch.slice(0, half), options);
    await send(batch.slice(half), options);
    return;
  }
  keepRefusedReport({ ...first, reason: error.message }, options.spool, options.log);
  const { launchpad, launchId, token, endedOn } = first.report;
  const action = failureAction(failureWithReason(error.message));
  const report = { launchpad, launchId, token, endedOn, action, state: 'FIZZLED' as const };
  await tell([{ ...first, report }], options);
}

function take(batch: EndedEntry[], results: ReportResult[], options: ReportsOptions): void {
  const { journal, log, spool } = options;
  const byLaunch = new Map<LaunchId, EndedEntry>(batch.map((one) => [one.report.launchId, one]));
  for (const result of results) {
    const one = byLaunch.get(result.launchId);
    if (one && result.outcome === 'refused') keepRefusedReport({ ...one, reason: result.reason }, spool, log);
    if (result.outcome === 'fizzled') log.warn(`Launch ${result.launchId}: ${result.reason}`);
  }
  options.told(results);
  if (!journal.told(byLaunch.keys()))
    log.warn(`${journal.path} cannot be written; ${byLaunch.size} results may be told once more`);
}

/** A journal that cannot be written is no reason not to tell the launchpad. */
async function syncIfPossible({ journal, log }: ReportsOptions): Promise<void> {
  try {
    await journal.sync();
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    log.error(`${error.message}; results are told before they are durable in it`);
  }
}
