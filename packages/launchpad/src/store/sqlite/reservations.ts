import type { NoteReservation, SaveChain, StoredChain } from '@skyrocket/contract/launchpad';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { historyColumn, noteReservations, readHistory } from './launch-history.ts';

/** Notes where the job of a reserved Launch is, and its id: see `Store.noteReservation`. */
export function noteReservation(
  database: Connection,
  { launchId, launchDir, reservationId }: NoteReservation,
): boolean {
  if (launchDir !== undefined) {
    database.run(
      "UPDATE launches SET launch_dir = ? WHERE launch_id = ? AND state = 'RESERVED'",
      toColumn(launchDir),
      launchId,
    );
  }
  const row = database.get<{ history: string }>('SELECT history FROM launches WHERE launch_id = ?', launchId);
  const history = row ? readHistory(row.history) : [];
  const reserved = history.find((entry) => entry.state === 'RESERVED');
  if (!reserved) return false;
  if (reservationId === undefined) return true;
  if (reserved.reservationId !== undefined) return reserved.reservationId === reservationId;
  reserved.reservationId = reservationId;
  database.run('UPDATE launches SET history = ? WHERE launch_id = ?', historyColumn(history), launchId);
  noteReservations(database, launchId, history);
  return true;
}

export function findChains(database: Connection): StoredChain[] {
  return database.all<StoredChain>('SELECT name, revision, state FROM chains ORDER BY name');
}

/** See `Store.saveChain`. */
export function saveChain(database: Connection, { name, revision, state }: SaveChain): boolean {
  const found = database.get<{ revision: number }>('SELECT revision FROM chains WHERE name = ?', name);
  if ((found?.revision ?? 0) !== revision) return false;
  const put = 'INSERT OR REPLACE INTO chains (name, revision, state) VALUES (?, ?, ?)';
  database.run(put, name, revision + 1, state);
  return true;
}
