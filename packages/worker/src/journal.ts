import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentId, LaunchReport, StartToken } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { checkpointToDocument } from '@skyrocket/model/launch-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { Checkpoint } from '@skyrocket/model/records';
import type { UserValue } from '@skyrocket/model/user-data';
import { reportToDocument } from './report-document.ts';

/**
 * The journal: what this agent's Launches did, on disk before the launchpad is told.
 *
 * One append-only file per agent, `<agent id>.journal` in the spool folder, of JSON lines:
 *
 *     {"agent": …, "pid": …, "process_start": …, "host": …, "launchpad": …}       first, before the agent registers
 *     {"started": launch id, "token": …, "launchpad": …, "dir": …}                before the launchpad is asked to start it
 *     {"checkpoint": launch id, "at": {…}}                                        before each further task
 *     {"ended": {…the whole report…}}                                             when its tasks are over
 *     {"told": [launch ids]}                                                      when the launchpad has taken the reports
 *
 * What a Launch is by its last line, and what a crash right after that line leaves:
 * - none: the launchpad was not asked to start it. The claim is given back by upkeep, the Firework is READY again.
 * - `started`, `checkpoint`: it may have run. Nobody can know how it ended, so upkeep declares it lost.
 * - `ended`: whoever finds the file of a dead agent tells the report. Telling twice is harmless: launchpad, Launch and
 *   token make a report unique, and one that was taken changes nothing when it comes again.
 * - `told`: of no more use. Without this line the report is told again.
 *
 * What is on disk when: a line is one write to the end of the file, so a killed agent leaves it whole. Against a failing
 * host, `ended` lines are synced (one fdatasync for all that end together) before they are told; the other lines only
 * save work and ride along. A failing host, or a disk that fills up, may leave a torn line at the end: it is cut off
 * before anything else is written, and readers pass over it; no report was sent for it.
 *
 * When everything is told the file is cut back to its first line, and removed when its agent ends.
 */
export interface Journal {
  readonly path: string;
  /** @throws SkyrocketError when they cannot be written: then none of them may be started */
  started(launches: StartedEntry[]): void;
  checkpoint(launchId: LaunchId, checkpoint: Checkpoint): void;
  ended(reports: LaunchReport[]): void;
  /** Makes what was written durable. */
  sync(): void;
  /** These need no telling: the launchpad has taken them, or they were never run. */
  told(launchIds: Iterable<LaunchId>): void;
  /** Removes the file if nothing in it is left to tell. May be called twice. */
  close(): void;
}

export interface StartedEntry {
  launchId: LaunchId;
  token: StartToken;
  launchpad: string;
  dir: string;
}

/** Whose journal it is. `launchpad` is the uuid of the one that it registered with. */
export interface JournalOwner {
  agentId: AgentId;
  pid: number;
  processStart: string;
  host: string;
  launchpad: string;
}

export const journalPath = (spool: string, agentId: AgentId): string => join(spool, `${agentId}.journal`);

/** A journal that has grown to so many bytes is cut back when all is told. */
const longBytes = 1024 * 1024;

interface OpenJournal {
  path: string;
  file: number;
  /** Length of what was written whole. */
  bytes: number;
  headBytes: number;
  /** Launches that are not told, with the line that is written again when the file is cut back. */
  untold: Map<LaunchId, string>;
  open: boolean;
}

/** @throws SkyrocketError BAD_CONFIGURATION when the spool cannot be written */
export function openJournal(spool: string, owner: JournalOwner): Journal {
  const journal = create(spool, owner);
  return {
    path: journal.path,
    started(launches) {
      const lines = launches.map(startedLine);
      append(journal, lines.join(''));
      launches.forEach(({ launchId }, i) => {
        journal.untold.set(launchId, lines[i] ?? '');
      });
    },
    checkpoint(launchId, checkpoint) {
      if (!journal.untold.has(launchId)) return;
      append(
        journal,
        line([
          ['checkpoint', launchId],
          ['at', checkpointToDocument(checkpoint)],
        ]),
      );
    },
    ended(reports) {
      const lines = reports.map((report) => line([['ended', reportToDocument(report)]]));
      append(journal, lines.join(''));
      for (const { launchId } of reports) journal.untold.set(launchId, endedStart);
    },
    sync: () => guarded(journal, () => fdatasyncSync(journal.file)),
    told(launchIds) {
      const told = [...launchIds].filter((id) => journal.untold.delete(id));
      if (told.length === 0) return;
      if (journal.bytes > longBytes) cutBack(journal);
      else append(journal, line([['told', told]]));
    },
    close() {
      if (!journal.open) return;
      journal.open = false;
      closeSync(journal.file);
      if (journal.untold.size === 0) rmSync(journal.path, { force: true });
    },
  };
}

function create(spool: string, owner: JournalOwner): OpenJournal {
  const path = journalPath(spool, owner.agentId);
  try {
    mkdirSync(spool, { recursive: true, mode: 0o700 });
    const file = openSync(path, 'ax', 0o600);
    const journal: OpenJournal = { path, file, bytes: 0, headBytes: 0, untold: new Map(), open: true };
    append(journal, headLine(owner));
    journal.headBytes = journal.bytes;
    fdatasyncSync(file);
    syncFolder(dirname(path));
    return journal;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `the journal ${path} cannot be made (${reason}); name a folder that can be written as the spool`,
      { cause },
    );
  }
}

/** A new name in a folder is durable only when the folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Writes whole lines, or nothing. */
function append(journal: OpenJournal, lines: string): void {
  guarded(journal, () => {
    const bytes = Buffer.from(lines);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(journal.file, bytes, written);
    } catch (error) {
      if (written > 0) ftruncateSync(journal.file, journal.bytes);
      throw error;
    }
    journal.bytes += bytes.length;
  });
}

/** Leaves only the first line and the last ones of Launches that are not told. */
function cutBack(journal: OpenJournal): void {
  const lines = [...journal.untold.values()];
  // Reports are never taken out of the file before they are told, not even to be written again at once.
  if (lines.includes(endedStart)) return;
  guarded(journal, () => ftruncateSync(journal.file, journal.headBytes));
  journal.bytes = journal.headBytes;
  append(journal, lines.join(''));
}

function guarded(journal: OpenJournal, write: () => void): void {
  try {
    write();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkyrocketError('STORE_FULL', `the journal ${journal.path} cannot be written: ${reason}`, {
      cause,
    });
  }
}

const endedStart = '{"ended"';

const line = (entries: [string, UserValue][]): string => `${stringifyJson(new Map(entries))}\n`;

function startedLine({ launchId, token, launchpad, dir }: StartedEntry): string {
  return line([
    ['started', launchId],
    ['token', token],
    ['launchpad', launchpad],
    ['dir', dir],
  ]);
}

function headLine(owner: JournalOwner): string {
  return line([
    ['agent', owner.agentId],
    ['pid', owner.pid],
    ['process_start', owner.processStart],
    ['host', owner.host],
    ['launchpad', owner.launchpad],
  ]);
}
