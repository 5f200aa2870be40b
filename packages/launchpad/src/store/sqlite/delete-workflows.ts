import { randomUUID } from 'node:crypto';
import type { DeletedWorkflows } from '@skyrocket/contract/workflows';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { fromColumn } from './column-text.ts';
import type { Connection } from './connection.ts';
import { type FireworkRow, idList, launchIds } from './firework-rows.ts';
import { StateLedger } from './state-ledger.ts';

const workflowsOf =
  'SELECT DISTINCT workflow FROM fireworks WHERE fw_id IN (SELECT value FROM json_each(?)) ORDER BY workflow';
const membersOf = 'SELECT * FROM fireworks WHERE workflow IN (SELECT value FROM json_each(?)) ORDER BY fw_id';

/** A Launch is still held when its maker, or one that shares it, is not among those deleted. */
const launchesToDelete = `
SELECT launch_id, launch_dir FROM launches
WHERE launch_id IN (SELECT value FROM json_each(?1))
  AND NOT EXISTS (SELECT 1 FROM shared_launches WHERE shared_launches.launch_id = launches.launch_id)
  AND NOT EXISTS (SELECT 1 FROM fireworks WHERE fireworks.fw_id = launches.fw_id
    AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches)
      UNION ALL SELECT value FROM json_each(fireworks.archived_launches)))
ORDER BY launch_id`;

const tablesOfFireworks = ['fireworks', 'specs', 'shared_launches', 'import_failures'] as const;

/** Deletes whole Workflows, each named by any of its Fireworks, inside one transaction. */
export function deleteWorkflows(database: Connection, ids: FwId[], now: Timestamp): DeletedWorkflows {
  const workflows = idList(
    database.all<{ workflow: number }>(workflowsOf, idList(ids)).map((row) => row.workflow),
  );
  const members = database.all<FireworkRow>(membersOf, workflows);
  const fwIds = members.map((row) => fwId(row.fw_id));
  const held = members.flatMap((row) => [...launchIds(row.launches), ...launchIds(row.archived_launches)]);
  const ledger = new StateLedger(database);
  for (const row of members) {
    ledger.move(row.workflow, { state: row.state, lane: row.lane, leaf: row.children === 0 }, null);
  }
  ledger.settle(now);
  database.run('DELETE FROM links WHERE parent IN (SELECT value FROM json_each(?))', idList(fwIds));
  for (const table of tablesOfFireworks) {
    database.run(`DELETE FROM ${table} WHERE fw_id IN (SELECT value FROM json_each(?))`, idList(fwIds));
  }
  database.run('DELETE FROM workflows WHERE workflow IN (SELECT value FROM json_each(?))', workflows);
  return { fwIds, ...deleteLaunches(database, held) };
}

function deleteLaunches(
  database: Connection,
  held: LaunchId[],
): Pick<DeletedWorkflows, 'launchIds' | 'launchDirs'> {
  const rows = database.all<{ launch_id: LaunchId; launch_dir: string }>(launchesToDelete, idList(held));
  const deleted = idList(rows.map((row) => row.launch_id));
  for (const table of ['launches', 'reservations', 'offline_runs']) {
    database.run(`DELETE FROM ${table} WHERE launch_id IN (SELECT value FROM json_each(?))`, deleted);
  }
  return {
    launchIds: rows.map((row) => launchId(row.launch_id)),
    launchDirs: [...new Set(rows.map((row) => fromColumn(row.launch_dir)))].filter((dir) => dir !== ''),
  };
}

const emptied = [
  'workflows',
  'fireworks',
  'specs',
  'links',
  'counts',
  'fworkers',
  'launches',
  'reservations',
  'offline_runs',
  'shared_launches',
  'agents',
  'chains',
  'launch_owners',
  'answers',
  'import_failures',
  'import_sources',
  'imports',
  'meta',
] as const;

/** Empties the launchpad; with its new uuid, what journals of the past tell is refused. */
export function resetDatabase(database: Connection): void {
  for (const table of emptied) database.run(`DELETE FROM ${table}`);
  // Lanes stay: other processes remember them by number.
  database.run('UPDATE lanes SET ready = 0');
  nameDatabase(database);
}

/** Gives a launchpad its uuid and its first ids. */
export function nameDatabase(database: Connection): void {
  database.run(
    "INSERT INTO meta (name, value) VALUES ('uuid', ?), ('next_fw_id', 1), ('next_launch_id', 1)",
    randomUUID(),
  );
}
