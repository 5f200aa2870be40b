import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Log } from '@skyrocket/contract/log';
import { processStanding } from '@skyrocket/contract/process-identity';
import type { DeadAgent } from '@skyrocket/contract/upkeep';
import { type JournalOwner, removeJournal } from './journal.ts';
import { type JournalContent, journalOwner, listJournals, parseJournal } from './journal-reading.ts';
import { keepRefusedReport } from './refused-report.ts';
import { thisHost } from './this-host.ts';
import type { WorkerLaunchPad } from './worker-options.ts';

export interface TellingOptions {
  launchpad: WorkerLaunchPad;
  log: Log;
  /** The folder of journals; absolute. Also where refused reports are kept whose launch directory is gone. */
  spool: string;
}

/** What became of the reports in one journal, or in many. */
export interface Telling {
  /** Taken, now or before. */
  taken: number;
  /** Not taken because of what the user decided meanwhile; kept as files. */
  refused: number;
  /** Those of other launchpads, and lines that cannot be read: they stay where they are. */
  left: number;
}

/**
 * Tells the launchpad what the journal of a dead agent holds. Telling twice changes nothing. Null when the journal cannot
 * be read from here.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function tellJournal(
  { journal, host }: Pick<DeadAgent, 'journal' | 'host'>,
  options: TellingOptions,
): Promise<Telling | null> {
  const text = readText(journal);
  // An agent removes its journal when all in it is told. On another host the file may only be out of sight.
  if (text === null) return host === thisHost().host && !existsSync(journal) ? nothingToTell : null;
  const content = parseJournal(journal, text);
  return content ? tellContent(content, options) : null;
}

const nothingToTell: Telling = { taken: 0, refused: 0, left: 0 };

/** What {@link tellSpool} did; `journals` are those that held something. */
export interface SpoolTelling extends Telling {
  journals: number;
}

/**
 * Tells the launchpad what the journals in a folder hold: all of them (`lpad recover`), or those of processes of this
 * host that are gone. The latter are removed when nothing is left in them.
 * @throws SkyrocketError STORE_* when the launchpad does not answer
 */
export async function tellSpool(whose: 'all' | 'gone', options: TellingOptions): Promise<SpoolTelling> {
  const sum: SpoolTelling = { journals: 0, taken: 0, refused: 0, left: 0 };
  for (const path of listJournals(options.spool)) {
    const text = readText(path);
    if (text === null) continue;
    const owner = journalOwner(text);
    const gone = owner !== null && isGone(owner);
    // Those of the living are long, and theirs to tell.
    if (owner !== null && whose === 'gone' && !gone) continue;
    const content = parseJournal(path, text);
    if (!content) {
      options.log.warn(`${path} is no journal; it is left as it is`);
      continue;
    }
    const telling = await tellContent(content, options);
    if (content.untold.length > 0) sum.journals++;
    sum.taken += telling.taken;
    sum.refused += telling.refused;
    sum.left += telling.left;
    if (gone && telling.left === 0) removeJournal(path);
  }
  return sum;
}

const isGone = (owner: JournalOwner) => owner.host === thisHost().host && processStanding(owner) === 'gone';

/** Null when it cannot be read: it is another user's, or its agent has just removed it. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/** Reports of one call, so that none grows without bounds. */
const reportsPerCall = 500;

async function tellContent(content: JournalContent, options: TellingOptions): Promise<Telling> {
  const { launchpad, log, spool } = options;
  const { uuid } = await launchpad.identity();
  const own = content.untold.filter(({ report }) => report.launchpad === uuid);
  const telling: Telling = {
    taken: 0,
    refused: 0,
    left: content.untold.length - own.length + content.unreadable,
  };
  for (let from = 0; from < own.length; from += reportsPerCall) {
    const part = own.slice(from, from + reportsPerCall);
    const { results } = await launchpad.report({
      reports: part.map(({ report }) => report),
      key: randomUUID(),
    });
    for (const result of results) {
      if (result.outcome !== 'refused') {
        telling.taken++;
        continue;
      }
      telling.refused++;
      const one = part.find(({ report }) => report.launchId === result.launchId);
      if (one) keepRefusedReport({ ...one, reason: result.reason }, spool, log);
    }
  }
  return telling;
}
