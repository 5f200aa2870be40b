import type { NoteReservation, SaveChain, StoredChain } from '@skyrocket/contract/launchpad';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';

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
  if (reservationId !== undefined) {
    database.run(
      `UPDATE history SET reservation_id = ?
       WHERE launch_id = ? AND state = 'RESERVED' AND reservation_id IS NULL`,
      reservationId,
      launchId,
    );
  }
  const entry = database.get<{ reservation_id: string | null }>(
    "SELECT reservation_id FROM history WHERE launch_id = ? AND state = 'RESERVED'",
    launchId,
  );
  return entry !== undefined && (reservationId === undefined || entry.reservation_id === reservationId);
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
