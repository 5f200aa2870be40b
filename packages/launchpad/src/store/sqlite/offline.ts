import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { StoredOffline } from '../store.ts';
import { fromColumn, toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';

export function putOffline(database: Connection, runs: StoredOffline[]): void {
  for (const run of runs) {
    database.run(
      "INSERT OR IGNORE INTO offline_runs (launch_id, fw_id, name, standing) VALUES (?, ?, ?, 'open')",
      run.launchId,
      run.fwId,
      toColumn(run.name),
    );
  }
}

export function findOffline(database: Connection, launchIds?: LaunchId[]): StoredOffline[] {
  return database
    .all<{ launch_id: number; fw_id: number; name: string }>(
      `SELECT launch_id, fw_id, name FROM offline_runs
       WHERE standing = 'open' ${launchIds ? 'AND launch_id IN (SELECT value FROM json_each(?))' : ''}
       ORDER BY launch_id`,
      ...(launchIds ? [idList(launchIds)] : []),
    )
    .map((row) => ({
      launchId: launchId(row.launch_id),
      fwId: fwId(row.fw_id),
      name: fromColumn(row.name),
    }));
}

export function closeOffline(database: Connection, launchIds: LaunchId[]): void {
  database.run(
    `UPDATE offline_runs SET standing = 'completed'
     WHERE standing = 'open' AND launch_id IN (SELECT value FROM json_each(?))`,
    idList(launchIds),
  );
}

export function forgetOffline(database: Connection, fwIds: FwId[]): FwId[] {
  const forgotten = database.all<{ fw_id: number }>(
    `UPDATE offline_runs SET standing = 'deprecated'
     WHERE standing = 'open' AND fw_id IN (SELECT value FROM json_each(?)) RETURNING fw_id`,
    idList(fwIds),
  );
  return [...new Set(forgotten.map((row) => fwId(row.fw_id)))];
}
