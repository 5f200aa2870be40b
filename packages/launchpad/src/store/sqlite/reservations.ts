import type { SaveChain, StoredChain } from '@skyrocket/contract/chains';
import type { NoteReservation } from '@skyrocket/contract/reservations';
import type { LaunchId } from '@skyrocket/model/ids';
import { toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';
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

export function noteOwner(
  database: Connection,
  { launchId, owner }: { launchId: LaunchId; owner: string },
): void {
  database.run('INSERT INTO launch_owners (launch_id, owner) VALUES (?, ?)', launchId, owner);
}

export function findOwners(database: Connection, launchIds: LaunchId[]): Map<LaunchId, string> {
  const rows = database.all<{ launch_id: LaunchId; owner: string }>(
    'SELECT launch_id, owner FROM launch_owners WHERE launch_id IN (SELECT value FROM json_each(?))',
    idList(launchIds),
  );
  return new Map(rows.map((row) => [row.launch_id, row.owner]));
}

interface ChainRow extends Pick<StoredChain, 'name' | 'revision' | 'state'> {
  fworker: string | null;
  owner: string | null;
}

export function findChains(database: Connection): StoredChain[] {
  return database
    .all<ChainRow>('SELECT name, revision, state, fworker, owner FROM chains ORDER BY name')
    .map(({ name, revision, state, fworker, owner }) => ({
      ...{ name, revision, state },
      ...(fworker !== null && { fworker }),
      ...(owner !== null && { owner }),
    }));
}

/** See `Store.saveChain`. */
export function saveChain(
  database: Connection,
  { name, revision, state, fworker, owner }: SaveChain,
): boolean {
  const found = database.get<{ revision: number }>('SELECT revision FROM chains WHERE name = ?', name);
  if ((found?.revision ?? 0) !== revision) return false;
  const put = `INSERT INTO chains (name, revision, state, fworker, owner) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, state = excluded.state`;
  database.run(put, name, revision + 1, state, fworker ?? null, owner ?? null);
  return true;
}
