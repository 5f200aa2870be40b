import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchChange } from '@skyrocket/model/change';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { FWorker, HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { LaunchState } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { fromColumn, toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';
import {
  actionColumn,
  checkpointColumn,
  fworkerRow,
  readAction,
  readCheckpoint,
  readFWorker,
  readTrackers,
  trackersColumn,
} from './launch-columns.ts';

/** What is read of a Launch: a row of `launches` with the document of its worker. */
export interface LaunchRow {
  launch_id: LaunchId;
  fw_id: FwId;
  state: LaunchState;
  fworker: string;
  host: string;
  ip: string;
  launch_dir: string;
  trackers: string;
  action: string | null;
}

interface EntryRow {
  state: LaunchState;
  created_on: Timestamp;
  updated_on: Timestamp | null;
  reservation_id: string | null;
  checkpoint: string | null;
}

/** Launches, to be followed by a WHERE. */
export const selectLaunches = selectLaunchesWith('action');

const launchesOf = `${selectLaunches} WHERE launch_id IN (SELECT value FROM json_each(?))`;
const launchesWithoutActionsOf = `
${selectLaunchesWith('NULL')} WHERE launch_id IN (SELECT value FROM json_each(?))`;
const historiesOf = `
SELECT launch_id, state, created_on, updated_on, reservation_id, checkpoint FROM history
WHERE launch_id IN (SELECT value FROM json_each(?)) ORDER BY launch_id, position`;
const lastEntryOf = `
SELECT position, state, created_on, updated_on, reservation_id, checkpoint FROM history
WHERE launch_id = ? ORDER BY position DESC LIMIT 1`;
const insertLaunch = `
INSERT INTO launches (launch_id, fw_id, state, fworker, host, ip, launch_dir, trackers, action, agent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const putEntry = `
INSERT OR REPLACE INTO history (launch_id, position, state, created_on, updated_on, reservation_id, checkpoint)
VALUES (?, ?, ?, ?, ?, ?, ?)`;

function selectLaunchesWith(action: 'action' | 'NULL'): string {
  return `
SELECT launch_id, fw_id, state, fworkers.document AS fworker, host, ip, launch_dir, trackers, ${action} AS action
FROM launches JOIN fworkers USING (fworker)`;
}

/** Launches in the order of the ids; those that are not there are left out. `actions`: an action may be long. */
export function loadLaunchRecords(
  database: Connection,
  ids: readonly LaunchId[],
  actions: 'with-actions' | 'without-actions' = 'with-actions',
): LaunchRecord[] {
  if (ids.length === 0) return [];
  const sql = actions === 'with-actions' ? launchesOf : launchesWithoutActionsOf;
  const rows = database.all<LaunchRow>(sql, idList(ids));
  const records = new Map(readLaunchRows(database, rows).map((record) => [record.launchId, record]));
  return ids.flatMap((id) => records.get(id) ?? []);
}

/** Rows made whole with their histories. */
export function readLaunchRows(database: Connection, rows: LaunchRow[]): LaunchRecord[] {
  const histories = loadHistories(
    database,
    rows.map((row) => row.launch_id),
  );
  const fworkers = new Map<string, FWorker>();
  return rows.map((row) => {
    const fworker = fworkers.get(row.fworker) ?? readFWorker(row.fworker);
    fworkers.set(row.fworker, fworker);
    return {
      launchId: launchId(row.launch_id),
      fwId: fwId(row.fw_id),
      state: row.state,
      fworker,
      host: fromColumn(row.host),
      ip: row.ip,
      launchDir: fromColumn(row.launch_dir),
      trackers: readTrackers(row.trackers),
      action: readAction(row.action),
      history: histories.get(row.launch_id) ?? [],
    };
  });
}

function loadHistories(database: Connection, ids: readonly LaunchId[]): Map<LaunchId, HistoryEntry[]> {
  const histories = new Map<LaunchId, HistoryEntry[]>();
  for (const row of database.all<EntryRow & { launch_id: LaunchId }>(historiesOf, idList(ids))) {
    const history = histories.get(row.launch_id) ?? [];
    histories.set(row.launch_id, history);
    history.push(historyEntry(row));
  }
  return histories;
}

function historyEntry(row: EntryRow): HistoryEntry {
  return {
    state: row.state,
    createdOn: row.created_on,
    ...(row.updated_on === null ? {} : { updatedOn: row.updated_on }),
    ...(row.reservation_id === null ? {} : { reservationId: fromColumn(row.reservation_id) }),
    ...(row.checkpoint === null ? {} : { checkpoint: readCheckpoint(row.checkpoint) }),
  };
}

/** Actions by Launch; the empty one for a Launch that has none. */
export function loadActions(database: Connection, ids: readonly LaunchId[]): Map<LaunchId, FWAction> {
  if (ids.length === 0) return new Map();
  const rows = database.all<{ launch_id: LaunchId; action: string | null }>(
    'SELECT launch_id, action FROM launches WHERE launch_id IN (SELECT value FROM json_each(?))',
    idList(ids),
  );
  return new Map(rows.map((row) => [launchId(row.launch_id), readAction(row.action) ?? emptyAction()]));
}

/** Stores a new Launch with its history. `agent`: who may start it. */
export function insertLaunchRecord(database: Connection, launch: LaunchRecord, agent: string | null): void {
  database.run(
    insertLaunch,
    launch.launchId,
    launch.fwId,
    launch.state,
    fworkerRow(database, launch.fworker),
    toColumn(launch.host),
    launch.ip,
    toColumn(launch.launchDir),
    trackersColumn(launch.trackers),
    actionColumn(launch.action),
    agent,
  );
  for (const [position, entry] of launch.history.entries()) {
    putHistoryEntry(database, { launch: launch.launchId, position, entry });
  }
}

/** Writes one entry of a history, in the place of one that is there. */
export function putHistoryEntry(
  database: Connection,
  { launch, position, entry }: { launch: LaunchId; position: number; entry: HistoryEntry },
): void {
  database.run(
    putEntry,
    launch,
    position,
    entry.state,
    entry.createdOn,
    entry.updatedOn ?? null,
    entry.reservationId === undefined ? null : toColumn(entry.reservationId),
    checkpointColumn(entry.checkpoint),
  );
}

/** Brings a history to what the model makes of it, which depends on its last entry alone. */
export function changeHistory(
  database: Connection,
  launch: LaunchId,
  change: Pick<LaunchChange, 'ping' | 'entry'>,
): void {
  if (!change.ping && !change.entry) return;
  const last = database.get<EntryRow & { position: number }>(lastEntryOf, launch);
  const before = last ? [historyEntry(last)] : [];
  const start = last?.position ?? 0;
  for (const [index, entry] of changedHistory(before, change).entries()) {
    if (entry !== before[index]) putHistoryEntry(database, { launch, position: start + index, entry });
  }
}
