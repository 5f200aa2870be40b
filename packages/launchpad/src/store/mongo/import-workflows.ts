import type { Imported } from '@skyrocket/contract/maintenance';
import type { IdMap } from '@skyrocket/contract/workflows';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type Collection, type Document, MongoBulkWriteError, ObjectId } from 'mongodb';
import { firstOf, keepsIds, type WorkflowsToImport } from '../maintenance-store.ts';
import type { FireworkToAdd, WorkflowToAdd } from '../store.ts';
import { launchWithAction } from './action-files.ts';
import { addWorkflows } from './add-workflows.ts';
import { identify, type MongoConnection, passing } from './connection.ts';
import { decide } from './decide.ts';
import { assertFits } from './document-size.ts';
import { newFireworkDocument } from './documents.ts';
import { type KeptIds, keptIds } from './kept-ids.ts';
import { assertHeld, type Lock, newLock, unlock } from './locks.ts';
import { duplicateKey } from './mongo-errors.ts';
import { workflowDocument } from './new-workflow.ts';
import type { Turns } from './turns.ts';

/**
 * The import of Workflows of another launchpad, each written down in `skyrocket_imports` before it begins and when it is
 * done. One that a crash cut short is gone through again: what was inserted stays.
 * With ids of their own: Launches, Fireworks (the READY ones WAITING, so that nobody claims them), the Workflow, locked; then
 * they become READY and it is unlocked. With new ids it is an addition like any other, known by its key.
 */
export async function importWorkflows(
  connection: MongoConnection,
  turns: Turns,
  { source, workflows }: WorkflowsToImport,
): Promise<Imported[]> {
  const { uuid } = await identify(connection.db, connection.settings.location);
  const isOwn = source.launchpad === uuid;
  const kept = isOwn ? everything : await keptIds(connection, source);
  const results: Imported[] = [];
  for (const workflow of workflows) {
    const name = `${source.launchpad}/${firstOf(workflow)}`;
    try {
      results.push(await importOne(connection, turns, { name, workflow, kept, isOwn }));
    } catch (error) {
      throw isSkyrocketError(error) ? ofWorkflow(workflow, error) : error;
    }
  }
  return results;
}

const ofWorkflow = (workflow: WorkflowToAdd, { code, message, cause }: SkyrocketError) =>
  new SkyrocketError(code, `the Workflow of Firework ${firstOf(workflow)}: ${message}`, { cause });

const everything: KeptIds = {
  fwIdsBelow: Number.POSITIVE_INFINITY,
  launchIdsBelow: Number.POSITIVE_INFINITY,
};

interface ImportOfOne {
  name: string;
  workflow: WorkflowToAdd;
  kept: KeptIds;
  /** What was deleted here may come back more than once. */
  isOwn: boolean;
}

async function importOne(
  connection: MongoConnection,
  turns: Turns,
  { name, workflow, kept, isOwn }: ImportOfOne,
): Promise<Imported> {
  const { imports } = connection;
  const begun = await imports.findOne({ _id: name });
  const isKnown = begun ? begun.phase === 'done' : isOwn && (await holdsAny(connection, workflow));
  if (isKnown) return { outcome: 'known', idMap: new Map() };
  const document = await imports.findOneAndUpdate(
    { _id: name },
    { $setOnInsert: { phase: 'inserting', workflow: new ObjectId() } },
    { upsert: true, returnDocument: 'after', ...passing },
  );
  const id: unknown = document?.workflow;
  const keeps = keepsIds(workflow, kept) && id instanceof ObjectId;
  const idMap = keeps
    ? await insertKept(connection, turns, { workflow, id })
    : await addMapped(connection, { name, workflow });
  if (isOwn) await imports.deleteOne({ _id: name });
  else await imports.updateOne({ _id: name }, { $set: { phase: 'done' } });
  return { outcome: keeps ? 'kept' : 'mapped', idMap };
}

async function holdsAny({ fireworks }: MongoConnection, workflow: WorkflowToAdd): Promise<boolean> {
  const ids = workflow.fireworks.map(({ fwId }) => fwId);
  return (await fireworks.findOne({ fw_id: { $in: ids } }, { projection: { _id: 1 } })) !== null;
}

async function addMapped(
  connection: MongoConnection,
  { name, workflow }: { name: string; workflow: WorkflowToAdd },
): Promise<IdMap> {
  const { idMaps } = await addWorkflows(connection, { key: `import/${name}`, workflows: [workflow] });
  return idMaps[0] ?? new Map();
}

/** All documents are made before one is stored: what MongoDB cannot keep is refused as a whole. */
async function insertKept(
  connection: MongoConnection,
  turns: Turns,
  { workflow, id }: { workflow: WorkflowToAdd; id: ObjectId },
): Promise<IdMap> {
  const now = connection.now();
  const ids: IdMap = new Map(workflow.fireworks.map(({ fwId }) => [fwId, fwId]));
  const fireworks = workflow.fireworks.map((firework) => fireworkDocument(firework, now));
  const lock = newLock(connection, [id.toHexString()]);
  const document = workflowDocument(workflow, { id, ids, now }).set('locked', lock.token);
  await insertMissing(connection.launches, await launchDocuments(connection, workflow));
  await insertMissing(connection.fireworks, fireworks);
  const ready = workflow.fireworks.filter(({ state }) => state === 'READY').map(({ fwId }) => fwId);
  const isNew = (await insertMissing(connection.workflows, [document])) === 1;
  await (isNew ? makeReady(connection, lock, ready) : refreshReady(connection, turns, ready));
  return ids;
}

function fireworkDocument(firework: FireworkToAdd, now: Timestamp): Map<string, unknown> {
  const idsOf = (launches: LaunchRecord[]) => launches.map(({ launchId }) => launchId);
  const document = newFireworkDocument(firework, {
    id: firework.fwId,
    state: firework.state === 'READY' ? 'WAITING' : firework.state,
    now,
    launches: idsOf(firework.launches),
    archivedLaunches: idsOf(firework.archivedLaunches),
  });
  assertFits(document, `Firework ${firework.fwId} (${firework.name})`);
  return document;
}

async function launchDocuments(
  connection: MongoConnection,
  { fireworks }: WorkflowToAdd,
): Promise<Map<string, unknown>[]> {
  const launches = new Map<LaunchId, LaunchRecord>();
  for (const firework of fireworks) {
    for (const launch of [...firework.launches, ...firework.archivedLaunches]) {
      launches.set(launch.launchId, launch);
    }
  }
  const documents: Map<string, unknown>[] = [];
  for (const launch of launches.values()) documents.push(await launchWithAction(connection, launch));
  return documents;
}

/** Inserts what is not there yet: ids are unique. Tells how many that were. */
async function insertMissing(collection: Collection, documents: Map<string, unknown>[]): Promise<number> {
  if (documents.length === 0) return 0;
  try {
    const { insertedCount } = await collection.insertMany(documents, { ordered: false, ...passing });
    return insertedCount;
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || !isOnlyKnown(error)) throw error;
    return error.insertedCount;
  }
}

function isOnlyKnown({ writeErrors }: MongoBulkWriteError): boolean {
  const errors: Document[] = [writeErrors].flat();
  return errors.length > 0 && errors.every((one) => one.code === duplicateKey);
}

/** The Workflow was inserted locked, so that no user can have decided anything about it yet. */
async function makeReady(connection: MongoConnection, lock: Lock, fwIds: FwId[]): Promise<void> {
  const waiting = { fw_id: { $in: fwIds }, state: 'WAITING' };
  assertHeld(lock);
  await connection.fireworks.updateMany(waiting, { $set: { state: 'READY' } }, passing);
  await unlock(connection, lock);
}

/** A call before this one was cut short, and users may have seen the Workflow since. */
async function refreshReady(connection: MongoConnection, turns: Turns, fwIds: FwId[]): Promise<void> {
  if (fwIds.length === 0) return;
  const request = { key: null, seeds: { fwIds, launchIds: [] }, answer: () => '' };
  await decide(connection, { request, turns }, ({ neighbourhood }) =>
    refreshFireworks(neighbourhood, { fwIds: fwIds.filter((id) => !neighbourhood.absent.has(id)) }),
  );
}
