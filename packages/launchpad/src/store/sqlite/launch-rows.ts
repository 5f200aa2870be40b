import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { FWorker, LaunchRecord } from '@skyrocket/model/records';
import type { LaunchState } from '@skyrocket/model/states';
import type { LaunchPlace } from '../store.ts';
import { fromColumn, toColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';
import { grouped } from './grouped.ts';
import { actionColumn, readAction, readFWorker, readTrackers, trackersColumn } from './launch-columns.ts';
import { historyColumn, noteReservations, readHistory } from './launch-history.ts';

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
  history: string;
  action: string | null;
}

/** Launches, to be followed by a WHERE. */
export const selectLaunches = selectLaunchesWith('action');

const launchesOf = `${selectLaunches} WHERE launch_id IN (SELECT value FROM json_each(?))`;
const launchesWithoutActionsOf = `
${selectLaunchesWith('NULL')} WHERE launch_id IN (SELECT value FROM json_each(?))`;
const insertLaunch = `
INSERT INTO launches (launch_id, fw_id, state, fworker, host, ip, launch_dir, trackers, history, action, agent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const insertLaunches = `
INSERT INTO launches (launch_id, fw_id, state, fworker, host, ip, launch_dir, trackers, history, agent)
SELECT key, value, ?, ?, ?, ?, ?, ?, ?, ? FROM json_each(?)`;

function selectLaunchesWith(action: 'action' | 'NULL'): string {
  return `
SELECT launch_id, fw_id, state, fworkers.document AS fworker, host, ip, launch_dir, trackers, history,
  ${action} AS action
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
  const records = new Map(rows.map(launchReader()).map((record) => [record.launchId, record]));
  return ids.flatMap((id) => records.get(id) ?? []);
}

/** In the order of the ids; those that are not there are left out. */
export function loadLaunchPlaces(database: Connection, ids: readonly LaunchId[]): LaunchPlace[] {
  return loadLaunchRecords(database, ids, 'without-actions').map(
    ({ launchId, fwId, state, launchDir, fworker }) => ({
      ...{ launchId, fwId, state, launchDir },
      fworker: fworker.name,
    }),
  );
}

/** Makes Launches of rows. Their workers are few, so they are read once. */
export function launchReader(): (row: LaunchRow) => LaunchRecord {
  const fworkers = new Map<string, FWorker>();
  return (row) => {
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
      history: readHistory(row.history),
    };
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

/** Who may start a Launch, and the row of its worker. */
export interface LaunchHolder {
  agent: string | null;
  fworker: number;
}

/** Stores new Launches that are alike but for their ids, Fireworks and trackers. */
export function insertNewLaunches(
  database: Connection,
  launches: readonly LaunchRecord[],
  { agent, fworker }: LaunchHolder,
): void {
  const [first] = launches;
  if (!first) return;
  const { state, host, ip, launchDir } = first;
  const like = [state, fworker, toColumn(host), ip, toColumn(launchDir)] as const;
  const history = historyColumn(first.history);
  for (const [trackers, alike] of grouped(launches, (launch) => trackersColumn(launch.trackers))) {
    const fireworks = alike.map(({ launchId, fwId }) => `"${launchId}":${fwId}`);
    database.run(insertLaunches, ...like, trackers, history, agent, `{${fireworks}}`);
  }
}

/** Stores a Launch as it is. */
export function insertLaunchRecord(
  database: Connection,
  launch: LaunchRecord,
  { agent, fworker }: LaunchHolder,
): void {
  database.run(
    insertLaunch,
    launch.launchId,
    launch.fwId,
    launch.state,
    fworker,
    toColumn(launch.host),
    launch.ip,
    toColumn(launch.launchDir),
    trackersColumn(launch.trackers),
    historyColumn(launch.history),
    actionColumn(launch.action),
    agent,
  );
  noteReservations(database, launch.launchId, launch.history);
}
