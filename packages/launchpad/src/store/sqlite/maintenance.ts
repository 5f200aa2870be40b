import { statSync } from 'node:fs';
import type { AgentId } from '@skyrocket/contract/agents';
import type { Inspection } from '@skyrocket/contract/maintenance';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import type { HeldLaunch, MaintenanceStore, SilentLaunch } from '../maintenance-store.ts';
import type { Connection } from './connection.ts';
import { countByPeriod } from './count-by-period.ts';
import { importWorkflows } from './import-workflows.ts';
import type { Lanes } from './lanes.ts';
import type { Write } from './shared-commits.ts';

/** Maintenance of a database file. It has no locks, and each of its Fireworks belongs to a Workflow. */
export function sqliteMaintenance({
  database,
  write,
  lanes,
  clock,
}: {
  database: Connection;
  write: Write;
  lanes: Lanes;
  clock: () => Timestamp;
}): MaintenanceStore {
  return {
    countByPeriod: async (request) => ({ counts: await countByPeriod(database, lanes, request) }),
    findSilentLaunches: async ({ silentSeconds }) => {
      const before = timestamp(epochMilliseconds(clock()) - silentSeconds * 1000);
      return database.read(() => silentLaunches(database, before));
    },
    findStaleReservations: async ({ olderThanSeconds }) => {
      const before = timestamp(epochMilliseconds(clock()) - olderThanSeconds * 1000);
      return database.read(() => staleReservations(database, before));
    },
    findInconsistent: async () => database.read(() => inconsistent(database)),
    findOrphans: async () => [],
    deleteOrphans: async () => ({ fwIds: [], launchIds: [], launchDirs: [] }),
    unlock: async () => ({ unlocked: [] }),
    tuneUp: async ({ extent }) => ({ done: tuneUp(database, extent) }),
    inspect: async () => inspect(database),
    importWorkflows: async (request) => ({
      results: await write(() => importWorkflows(database, request, clock())),
    }),
  };
}

const silentLaunchesSince = `
SELECT launches.launch_id, launches.fw_id, agent, entry.value ->> 'createdOn' AS started,
  coalesce(entry.value ->> 'updatedOn', entry.value ->> 'createdOn') AS heard
FROM launches
JOIN fireworks ON fireworks.fw_id = launches.fw_id AND fireworks.state = 'RUNNING'
JOIN json_each(launches.history) AS entry ON entry.value ->> 'state' = 'RUNNING'
WHERE launches.state = 'RUNNING' AND heard <= ?
  AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches))
ORDER BY launches.launch_id`;

interface SilentRow {
  launch_id: LaunchId;
  fw_id: FwId;
  agent: AgentId | null;
  started: Timestamp;
  heard: Timestamp;
}

function silentLaunches(database: Connection, before: Timestamp): SilentLaunch[] {
  return database.all<SilentRow>(silentLaunchesSince, before).map((row) => ({
    launchId: launchId(row.launch_id),
    fwId: fwId(row.fw_id),
    agentId: row.agent,
    startedOn: row.started,
    heardOn: row.heard,
  }));
}

const staleReservationsSince = `
SELECT launches.launch_id, launches.fw_id, agent
FROM launches
JOIN fireworks ON fireworks.fw_id = launches.fw_id AND fireworks.state = 'RESERVED'
JOIN json_each(launches.history) AS entry ON entry.value ->> 'state' = 'RESERVED'
WHERE launches.state = 'RESERVED' AND coalesce(entry.value ->> 'updatedOn', entry.value ->> 'createdOn') <= ?
  AND launches.launch_id IN (SELECT value FROM json_each(fireworks.launches))
ORDER BY launches.launch_id`;

function staleReservations(database: Connection, before: Timestamp): HeldLaunch[] {
  return database
    .all<Pick<SilentRow, 'launch_id' | 'fw_id' | 'agent'>>(staleReservationsSince, before)
    .map((row) => ({ launchId: launchId(row.launch_id), fwId: fwId(row.fw_id), agentId: row.agent }));
}

const endedButRunning = `
SELECT DISTINCT fireworks.fw_id FROM fireworks, json_each(fireworks.launches) AS held
JOIN launches ON launches.launch_id = held.value
WHERE fireworks.state = 'RUNNING' AND launches.state IN ('COMPLETED', 'FIZZLED') ORDER BY fireworks.fw_id`;

function inconsistent(database: Connection): FwId[] {
  return database.all<{ fw_id: number }>(endedButRunning).map((row) => fwId(row.fw_id));
}

function tuneUp(database: Connection, extent: 'indexes' | 'full'): string[] {
  database.script('ANALYZE');
  const done = ['what is known of the indexes is up to date'];
  if (extent === 'indexes') return done;
  database.script('VACUUM');
  return [...done, 'unused space was given back'];
}

function inspect(database: Connection): Inspection {
  const rows = database.all<{ quick_check: string }>('PRAGMA quick_check(5)').map((row) => row.quick_check);
  const damage = rows.filter((row) => row !== 'ok');
  return {
    facts: [
      { name: 'sqlite', value: String(database.get<{ v: string }>('SELECT sqlite_version() AS v')?.v) },
      {
        name: 'schema',
        value: String(database.get<{ user_version: number }>('PRAGMA user_version')?.user_version),
      },
      { name: 'size', value: `${Math.ceil(statSync(database.file).size / 1024 / 1024)} MiB` },
    ],
    findings: damage.map((problem) => ({
      problem: `the file ${database.file} is damaged: ${problem}`,
      remedy: 'stop the workers, and restore the file from a copy, or save what can be read with lpad export',
    })),
  };
}
