import type { IdMap } from '@skyrocket/contract/launchpad';
import type { Imported } from '@skyrocket/contract/maintenance';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import { launchToDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord } from '@skyrocket/model/records';
import { type Collection, type Document, MongoBulkWriteError, ObjectId } from 'mongodb';
import { firstOf, keepsIds, type WorkflowsToImport } from '../maintenance-store.ts';
import type { WorkflowToAdd } from '../store.ts';
import { storedAction } from './action-files.ts';
import { addWorkflows, workflowDocument } from './add-workflows.ts';
import { mapToBson } from './bson-user-data.ts';
import { identify, type MongoConnection, passing } from './connection.ts';
import { decide } from './decide.ts';
import { newFireworkDocument } from './documents.ts';
import { type KeptIds, keptIds } from './kept-ids.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';
import type { Turns } from './turns.ts';

/**
 * The import of Workflows of another launchpad, each written down in `skyrocket_imports` before it begins and when it is
 * done. One that a crash cut short is gone through again: what was inserted stays.
 * With ids of their own: Launches, Fireworks (the READY ones WAITING, so that nobody claims them), the Workflow, and a
 * refresh, which makes them READY. With new ids it is an addition like any other, known by its key.
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
    results.push(await importOne(connection, turns, { name, workflow, kept, isOwn }));
  }
  return results;
}

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

async function insertKept(
  connection: MongoConnection,
  turns: Turns,
  { workflow, id }: { workflow: WorkflowToAdd; id: ObjectId },
): Promise<IdMap> {
  const now = connection.now();
  const ids: IdMap = new Map(workflow.fireworks.map(({ fwId }) => [fwId, fwId]));
  await insertMissing(connection.launches, await launchDocuments(connection, workflow));
  const idsOf = (launches: LaunchRecord[]) => launches.map(({ launchId }) => launchId);
  const fireworks = workflow.fireworks.map((firework) =>
    newFireworkDocument(firework, {
      id: firework.fwId,
      state: firework.state === 'READY' ? 'WAITING' : firework.state,
      now,
      launches: idsOf(firework.launches),
      archivedLaunches: idsOf(firework.archivedLaunches),
    }),
  );
  await insertMissing(connection.fireworks, fireworks);
  await insertMissing(connection.workflows, [workflowDocument(workflow, ids, now).set('_id', id)]);
  const ready = workflow.fireworks.filter(({ state }) => state === 'READY').map(({ fwId }) => fwId);
  await makeReady(connection, turns, ready);
  return ids;
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
  for (const launch of launches.values()) {
    const bare = mapToBson(launchToDocument({ ...launch, action: null }));
    // Setting what is there keeps its place.
    documents.push(bare.set('action', await storedAction(connection, launch.launchId, launch.action)));
  }
  return documents;
}

/** Inserts what is not there yet: ids are unique. */
async function insertMissing(collection: Collection, documents: Map<string, unknown>[]): Promise<void> {
  if (documents.length === 0) return;
  try {
    await collection.insertMany(documents, { ordered: false, ...passing });
  } catch (error) {
    if (!isOnlyKnown(error)) throw error;
  }
}

function isOnlyKnown(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return isServerError(error, duplicateKey);
  const errors: Document[] = [error.writeErrors].flat();
  return errors.length > 0 && errors.every((one) => one.code === duplicateKey);
}

async function makeReady(connection: MongoConnection, turns: Turns, fwIds: FwId[]): Promise<void> {
  if (fwIds.length === 0) return;
  const request = { key: null, seeds: { fwIds, launchIds: [] }, answer: () => '' };
  await decide(connection, { request, turns }, ({ neighbourhood }) =>
    refreshFireworks(neighbourhood, { fwIds: fwIds.filter((id) => !neighbourhood.absent.has(id)) }),
  );
}
