import { randomUUID } from 'node:crypto';
import type { LaunchPad, LaunchReport, ReportResult } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import type { Journal } from './journal.ts';
import { throughOutages } from './outage.ts';
import { keepRefusedReport } from './refused-report.ts';

/**
 * Tells the launchpad what Launches did. Each report is in the journal as soon as it is given; those that come within a
 * moment are synced and sent together.
 */
export interface Reports {
  /** `dir` is the launch directory. */
  add(report: LaunchReport, dir: string): void;
  /** Reports that the launchpad has not taken yet. */
  untold(): number;
  /** Sends what waits; resolves when the launchpad has taken it. Rejects when `until` ends an outage, or on a fault. */
  flush(): Promise<void>;
}

export interface ReportsOptions {
  launchpad: LaunchPad;
  journal: Journal;
  log: Log;
  spool: string;
  /** Ends the patience with a launchpad that does not answer; what is untold then stays in the journal. */
  until: AbortSignal;
  told(result: ReportResult): void;
}

/** A report waits at most so long for others. */
const waitMilliseconds = 20;

/** Reports of one call, so that none grows without bounds after an outage. */
const reportsPerCall = 500;

interface Waiting {
  report: LaunchReport;
  dir: string;
}

export function createReports(options: ReportsOptions): Reports {
  const { journal, log } = options;
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sending: Promise<void> | null = null;
  let underWay = 0;

  async function sendAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, reportsPerCall);
      waiting = waiting.slice(batch.length);
      underWay = batch.length;
      try {
        await send(batch, options);
      } catch (error) {
        waiting = [...batch, ...waiting];
        throw error;
      } finally {
        underWay = 0;
      }
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    sending ??= sendAll().finally(() => {
      sending = null;
    });
    return sending;
  }

  return {
    add(report, dir) {
      waiting.push({ report, dir });
      try {
        journal.ended([report]);
      } catch (error) {
        // The launchpad may still take it: its disk may be another one.
        if (!isSkyrocketError(error)) throw error;
        log.error(`${error.message}; the result of Launch ${report.launchId} is told without it`);
      }
      timer ??= setTimeout(() => {
        flush().catch((error: unknown) => {
          log.error(`reporting: ${error instanceof Error ? error.message : error}`);
        });
      }, waitMilliseconds);
    },
    untold: () => waiting.length + underWay,
    flush,
  };
}

async function send(batch: Waiting[], options: ReportsOptions): Promise<void> {
  const { launchpad, journal, log, until, spool } = options;
  syncIfPossible(journal, log);
  const request = { reports: batch.map(({ report }) => report), key: randomUUID() };
  const { results } = await throughOutages(() => launchpad.report(request), {
    log,
    what: 'reporting',
    until,
  });
  const byLaunch = new Map<LaunchId, Waiting>(batch.map((one) => [one.report.launchId, one]));
  for (const result of results) {
    const one = byLaunch.get(result.launchId);
    if (one && result.outcome === 'refused') keepRefusedReport({ ...one, reason: result.reason }, spool, log);
    if (result.outcome === 'fizzled') log.warn(`Launch ${result.launchId}: ${result.reason}`);
    options.told(result);
  }
  journal.told(byLaunch.keys());
}

/** A journal that cannot be synced is no reason not to tell the launchpad. */
function syncIfPossible(journal: Journal, log: Log): void {
  try {
    journal.sync();
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    log.error(error.message);
  }
}
