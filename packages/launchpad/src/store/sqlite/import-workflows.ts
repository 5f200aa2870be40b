import type { Imported } from '@skyrocket/contract/maintenance';
import type { IdMap } from '@skyrocket/contract/workflows';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { firstOf, keepsIds, type WorkflowsToImport } from '../maintenance-store.ts';
import type { WorkflowToAdd } from '../store.ts';
import { addWithIds, addWorkflows } from './add-workflows.ts';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';
import { fworkerRow } from './launch-columns.ts';
import { insertLaunchRecord } from './launch-rows.ts';
import { meta } from './upkeep-rights.ts';

/** Stores Workflows of another launchpad, inside one transaction. */
export function importWorkflows(
  database: Connection,
  { source, workflows }: WorkflowsToImport,
  now: Timestamp,
): Imported[] {
  const isOwn = source.launchpad === meta(database, 'uuid');
  const kept = isOwn ? everything : keptIds(database, source);
  return workflows.map((workflow): Imported => {
    const isKnown = isOwn
      ? holdsAny(database, workflow)
      : !noteImport(database, source.launchpad, firstOf(workflow));
    if (isKnown) return { outcome: 'known', idMap: new Map() };
    if (keepsIds(workflow, kept)) return { outcome: 'kept', idMap: addKept(database, workflow, now) };
    const [idMap = new Map()] = addWorkflows(database, [workflow], now);
    return { outcome: 'mapped', idMap };
  });
}

interface KeptIds {
  fwIdsBelow: number;
  launchIdsBelow: number;
}

const everything: KeptIds = {
  fwIdsBelow: Number.POSITIVE_INFINITY,
  launchIdsBelow: Number.POSITIVE_INFINITY,
};

/** Decided when the first Workflow of a source comes: a launchpad that has never given an id takes over those of the source. */
function keptIds(database: Connection, source: WorkflowsToImport['source']): KeptIds {
  const known = database.get<{ fw: number; launch: number }>(
    'SELECT kept_fw_ids_below AS fw, kept_launch_ids_below AS launch FROM import_sources WHERE source = ?',
    source.launchpad,
  );
  if (known) return { fwIdsBelow: known.fw, launchIdsBelow: known.launch };
  const isUnused = meta(database, 'next_fw_id') === 1 && meta(database, 'next_launch_id') === 1;
  const kept = {
    fwIdsBelow: isUnused ? source.nextFwId : 0,
    launchIdsBelow: isUnused ? source.nextLaunchId : 0,
  };
  if (isUnused) {
    const setCounter = 'UPDATE meta SET value = max(value, ?) WHERE name = ?';
    database.run(setCounter, source.nextFwId, 'next_fw_id');
    database.run(setCounter, source.nextLaunchId, 'next_launch_id');
  }
  database.run(
    'INSERT INTO import_sources (source, kept_fw_ids_below, kept_launch_ids_below) VALUES (?, ?, ?)',
    source.launchpad,
    kept.fwIdsBelow,
    kept.launchIdsBelow,
  );
  return kept;
}

/** False when it was imported before. */
function noteImport(database: Connection, source: string, first: FwId): boolean {
  return database.run('INSERT OR IGNORE INTO imports (source, fw_id) VALUES (?, ?)', source, first) > 0;
}

function holdsAny(database: Connection, { fireworks }: WorkflowToAdd): boolean {
  const ids = idList(fireworks.map(({ fwId }) => fwId));
  return (
    database.get('SELECT 1 FROM fireworks WHERE fw_id IN (SELECT value FROM json_each(?)) LIMIT 1', ids) !==
    undefined
  );
}

function addKept(database: Connection, workflow: WorkflowToAdd, now: Timestamp): IdMap {
  const ids: IdMap = new Map(workflow.fireworks.map(({ fwId }) => [fwId, fwId]));
  const keep = (activity: 0 | 1) => (holder: FwId, launches: LaunchRecord[]) =>
    idList(launches.map((launch) => keepLaunch(database, launch, { holder, activity })));
  addWithIds(database, [{ workflow, ids, active: keep(1), archived: keep(0) }], now);
  return ids;
}

/** A Launch that several Fireworks share comes with each of them; the maker's Workflow may be gone, or come later. */
function keepLaunch(
  database: Connection,
  launch: LaunchRecord,
  { holder, activity }: { holder: FwId; activity: 0 | 1 },
): LaunchId {
  const { launchId, fwId } = launch;
  if (!database.get('SELECT 1 FROM launches WHERE launch_id = ?', launchId)) {
    insertLaunchRecord(database, launch, { agent: null, fworker: fworkerRow(database, launch.fworker) });
  }
  if (fwId !== holder) {
    database.run(
      'INSERT OR IGNORE INTO shared_launches (launch_id, fw_id, active) VALUES (?, ?, ?)',
      launchId,
      holder,
      activity,
    );
  }
  return launchId;
}
