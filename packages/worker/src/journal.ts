import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentId, StartToken } from '@skyrocket/contract/agents';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import type { LaunchReport } from '@skyrocket/contract/running';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { UserValue } from '@skyrocket/model/user-data';
import { reportText } from './report-document.ts';

/**
 * The journal: what this agent's Launches did, on disk before the launchpad is told.
 *
 * One file per agent, `<agent id>.journal` in the spool folder, of JSON lines that are appended:
 *
 *     {"agent": …, "pid": …, "process_start": …, "host": …, "launchpad": …}       first, before the agent registers
 *     {"started": launch id, "token": …, "launchpad": …, "dir": …}                before the launchpad is asked to start it
 *     {"ended": {…the whole report…}, "dir": …}                                   when its tasks are over
 *     {"told": [launch ids]}                                                      when the launchpad has taken the reports
 *
 * What a Launch is by its last line, and what a crash right after that line leaves:
 * - none: the launchpad was not asked to start it. The claim is given back by upkeep, the Firework is READY again.
 * - `started`: it may have run. Nobody can know how it ended, so upkeep declares it lost.
 * - `ended`: whoever finds the file of a dead agent tells the report. Telling twice is harmless: launchpad, Launch and
 *   token make a report unique, and one that was taken changes nothing when it comes again.
 * - `told`: of no more use. Without this line the report is told again.
 *
 * What is on disk when: a line is one write to the end of the file, so a killed agent leaves it whole. Against a failing
 * host, `ended` lines are synced (one fdatasync for all that end together) before they are told; the other lines only
 * save work and ride along. A failing host, or a disk that fills up, may leave a torn line at the end: it is cut off
 * before anything else is written, and readers pass over it; no report was sent for it.
 *
 * A file that has grown long is written anew with what is not told, and renamed over the old one. It is removed when its
 * agent ends and everything is told.
 */
export interface Journal {
  readonly path: string;
  /** @throws SkyrocketError STORE_FULL when they cannot be written: then none of them may be started */
  started(launches: StartedEntry[]): void;
  /** @throws SkyrocketError STORE_FULL when they cannot be written */
  ended(launches: EndedEntry[]): void;
  /** Makes what was written durable; meanwhile the worker goes on. Rejects with STORE_FULL when that fails. */
  sync(): Promise<void>;
  /**
   * These need no telling: the launchpad has taken them, or they were never run. False when that cannot be written: then
   * they are told once more, which is harmless.
   */
  told(launchIds: Iterable<LaunchId>): boolean;
  /** Removes the file if nothing in it is left to tell. May be called twice. */
  close(): void;
}

export interface StartedEntry {
  launchId: LaunchId;
  token: StartToken;
  launchpad: string;
  dir: string;
}

/** `dir` is the launch directory. */
export interface EndedEntry {
  report: LaunchReport;
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

/** Removes a journal that is of no more use, and what a killed agent may have left of writing it anew. */
export function removeJournal(path: string): void {
  rmSync(path, { force: true });
  rmSync(unfinishedOf(path), { force: true });
}

const unfinishedOf = (path: string) => `${path}.new`;

/** Writes that would make the file longer than this make a new one of it. */
const longBytes = 1.5 * 1024 * 1024;

interface OpenJournal {
  path: string;
  file: number;
  head: string;
  /** Length of what was written whole. */
  bytes: number;
  /** Syncs under way: the file must not be closed under them. */
  syncs: number;
  /** What the last lines of Launches that are not told say. Written anew when it is needed again, which is rare. */
  untold: Map<LaunchId, Entry>;
  open: boolean;
}

/** @throws SkyrocketError BAD_CONFIGURATION when the spool cannot be written */
export function openJournal(spool: string, owner: JournalOwner): Journal {
  const journal = create(spool, owner);
  return {
    path: journal.path,
    started: (launches) => write(journal, launches),
    ended: (launches) => write(journal, launches),
    sync: () => syncData(journal),
    told(launchIds) {
      const told = [...launchIds].filter((id) => journal.untold.delete(id));
      return told.length === 0 || canWrite(() => writeTold(journal, told));
    },
    close() {
      if (!journal.open) return;
      journal.open = false;
      if (journal.syncs === 0) closeSync(journal.file);
      if (journal.untold.size === 0) removeJournal(journal.path);
    },
  };
}

type Entry = StartedEntry | EndedEntry;

function write(journal: OpenJournal, entries: Entry[]): void {
  append(journal, entries.map(lineOf).join(''));
  for (const entry of entries)
    journal.untold.set('report' in entry ? entry.report.launchId : entry.launchId, entry);
}

const lineOf = (entry: Entry) => ('report' in entry ? endedLine(entry) : startedLine(entry));

function create(spool: string, owner: JournalOwner): OpenJournal {
  const path = journalPath(spool, owner.agentId);
  try {
    makeDirectories(spool, 0o700);
    const head = headLine(owner);
    const file = writeWhole(path, head);
    return { path, file, head, bytes: Buffer.byteLength(head), syncs: 0, untold: new Map(), open: true };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `the journal ${path} cannot be made (${reason}); name a folder that can be written as the spool`,
      { cause },
    );
  }
}

/** Puts a file in its place as a whole, durably, and returns it open for appending. */
function writeWhole(path: string, text: string): number {
  const unfinished = unfinishedOf(path);
  rmSync(unfinished, { force: true });
  const file = openSync(unfinished, 'ax', 0o600);
  try {
    writeAll(file, Buffer.from(text));
    fdatasyncSync(file);
    renameSync(unfinished, path);
    syncFolder(dirname(path));
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function writeAll(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
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
    try {
      writeAll(journal.file, bytes);
    } catch (error) {
      ftruncateSync(journal.file, journal.bytes);
      throw error;
    }
    journal.bytes += bytes.length;
  });
}

function writeTold(journal: OpenJournal, told: LaunchId[]): void {
  append(journal, line([['told', told]]));
  if (journal.bytes > longBytes && journal.syncs === 0) renew(journal);
}

/** A new file that cannot be made, on a disk that is full, is tried again with the next lines; the old one is good. */
function renew(journal: OpenJournal): void {
  const text = [journal.head, ...[...journal.untold.values()].map(lineOf)].join('');
  const bytes = Buffer.byteLength(text);
  if (bytes > longBytes / 2) return;
  guarded(journal, () => {
    const file = writeWhole(journal.path, text);
    closeSync(journal.file);
    journal.file = file;
    journal.bytes = bytes;
  });
}

function canWrite(write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    return false;
  }
}

function syncData(journal: OpenJournal): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.syncs++;
    fdatasync(journal.file, (error) => {
      journal.syncs--;
      if (error) reject(unwritable(journal, error));
      else resolve();
    });
  });
}

function guarded(journal: OpenJournal, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw unwritable(journal, error);
  }
}

function unwritable({ path }: OpenJournal, cause: unknown): SkyrocketError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SkyrocketError('STORE_FULL', `the journal ${path} cannot be written: ${reason}`, { cause });
}

const line = (entries: [string, UserValue][]): string => `${stringifyJson(new Map(entries))}\n`;

// There are two lines for each Launch, so texts are joined where that will do.

const startedLine = ({ launchId, token, launchpad, dir }: StartedEntry): string =>
  `{"started": ${launchId}, "token": ${stringifyJson(token)}, "launchpad": ${stringifyJson(launchpad)}, "dir": ${stringifyJson(dir)}}\n`;

const endedLine = ({ report, dir }: EndedEntry): string =>
  `{"ended": ${reportText(report)}, "dir": ${stringifyJson(dir)}}\n`;

function headLine(owner: JournalOwner): string {
  return line([
    ['agent', owner.agentId],
    ['pid', owner.pid],
    ['process_start', owner.processStart],
    ['host', owner.host],
    ['launchpad', owner.launchpad],
  ]);
}
