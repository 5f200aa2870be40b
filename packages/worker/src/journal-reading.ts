import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '@skyrocket/contract/agents';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import { parseJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { EndedEntry, JournalOwner } from './journal.ts';
import { reportFromDocument } from './report-document.ts';

/** What a journal holds that its launchpad may not know: see journal.ts. */
export interface JournalContent {
  path: string;
  owner: JournalOwner;
  /** Reports that may not have been told, oldest first. */
  untold: EndedEntry[];
  /** Whole lines that are no entries of a journal. */
  unreadable: number;
}

/** Whose journal a text is, by its first line alone. Null when even that is not whole. */
export function journalOwner(text: string): JournalOwner | null {
  const end = text.indexOf('\n');
  return end < 0 ? null : ownerOf(readLine(text.slice(0, end)));
}

/** Reads the text of a journal; a torn last line is left out. Null when even its first line is not whole. */
export function parseJournal(path: string, text: string): JournalContent | null {
  const owner = journalOwner(text);
  if (!owner) return null;
  const lines = text.split('\n').slice(1, -1);
  const reports = new Map<LaunchId, EndedEntry>();
  const unreadable = lines.filter((line) => !takeEntry(reports, readLine(line))).length;
  return { path, owner, untold: [...reports.values()], unreadable };
}

/** The journals in a spool folder; none when there is no such folder. */
export function listJournals(spool: string): string[] {
  try {
    const names = readdirSync(spool).filter((name) => name.endsWith('.journal'));
    return names.map((name) => join(spool, name));
  } catch (error) {
    if (!existsSync(spool)) return [];
    throw error;
  }
}

/** False when it is no entry. */
function takeEntry(reports: Map<LaunchId, EndedEntry>, entry: UserMap | null): boolean {
  if (!entry) return false;
  const ended = entry.get('ended');
  const told = entry.get('told');
  if (isUserMap(ended)) {
    const report = readReport(ended);
    if (!report) return false;
    reports.set(report.launchId, { report, dir: String(entry.get('dir') ?? '') });
    return true;
  }
  if (!Array.isArray(told)) return entry.has('started');
  for (const id of told) if (typeof id === 'number') reports.delete(launchId(id));
  return true;
}

function readLine(text: string): UserMap | null {
  return unlessFaulty(() => {
    const value = parseJson(text);
    return isUserMap(value) ? value : null;
  });
}

const readReport = (document: UserMap) => unlessFaulty(() => reportFromDocument(document));

/** A line that cannot be read is counted; it is no reason to leave the others untold. */
function unlessFaulty<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isSkyrocketError(error)) return null;
    throw error;
  }
}

function ownerOf(head: UserMap | null): JournalOwner | null {
  if (!head) return null;
  const [agent, start, host, launchpad] = ['agent', 'process_start', 'host', 'launchpad'].map((key) =>
    head.get(key),
  );
  const pid = head.get('pid');
  if (typeof agent !== 'string' || typeof start !== 'string' || typeof pid !== 'number') return null;
  if (typeof host !== 'string' || typeof launchpad !== 'string') return null;
  return { agentId: agent as AgentId, pid, processStart: start, host, launchpad };
}
