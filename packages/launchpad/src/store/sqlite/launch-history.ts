import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchChange } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import { checkpointFromDocument, shortCheckpointText } from '@skyrocket/model/launch-document';
import type { HistoryEntry } from '@skyrocket/model/records';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { readMap } from './launch-columns.ts';

/** An entry as the column holds it, in plain JSON; the checkpoint is user data and so a text of lossless JSON. */
type StoredEntry = Omit<HistoryEntry, 'checkpoint'> & { checkpoint?: string };

export function historyColumn(history: HistoryEntry[]): string {
  return JSON.stringify(history.map(storedEntry));
}

function storedEntry(entry: HistoryEntry): StoredEntry {
  if (isPlain(entry)) return entry;
  const { checkpoint, ...plain } = entry;
  return checkpoint ? { checkpoint: shortCheckpointText(checkpoint), ...plain } : plain;
}

export function readHistory(column: string): HistoryEntry[] {
  const entries: StoredEntry[] = JSON.parse(column);
  return entries.map(readEntry);
}

function readEntry(entry: StoredEntry): HistoryEntry {
  if (isPlain(entry)) return entry;
  const { checkpoint, ...plain } = entry;
  return checkpoint === undefined
    ? plain
    : { checkpoint: checkpointFromDocument(readMap(checkpoint)), ...plain };
}

/** Most have no checkpoint, and are stored as they are. */
function isPlain(entry: { checkpoint?: unknown }): entry is { checkpoint?: never } {
  return entry.checkpoint === undefined;
}

/** A history as the model changes it. */
export function changedHistoryColumn(
  column: string,
  change: Pick<LaunchChange, 'ping' | 'began' | 'entry'>,
): string {
  return historyColumn(changedHistory(readHistory(column), change));
}

/** Keeps the ids of reservations that a history names, for those who search by them. */
export function noteReservations(database: Connection, launch: LaunchId, history: HistoryEntry[]): void {
  for (const { reservationId } of history) {
    if (reservationId === undefined) continue;
    database.run(
      'INSERT OR IGNORE INTO reservations (reservation_id, launch_id) VALUES (?, ?)',
      toColumn(reservationId),
      launch,
    );
  }
}
