import type { DeletedWorkflows } from '@skyrocket/contract/workflows';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { ObjectId } from 'mongodb';
import { deleteActionFiles } from './action-files.ts';
import { rememberAnswer } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf, launchIdsOf } from './documents.ts';
import { idsUnder, type RememberedAnswer, removeIntent } from './intents.ts';
import { assertHeld, type Lock, type LockToken, lockFurther, unlock } from './locks.ts';

/**
 * The deletion of whole Workflows, as an intent of its own kind. The Fireworks go first, so that nothing can be claimed
 * any more; then what they held is known for good, and goes; last the Workflows, and with them their lock.
 */
export interface Deletion {
  key: string;
  fwIds: FwId[];
  /** Launches that the Fireworks hold, whoever made them. */
  held: LaunchId[];
  /** Whether Launches may be shared, so that their other holders must be looked for. */
  shared: boolean;
}

export async function storeDeletion(
  connection: MongoConnection,
  token: LockToken,
  deletion: Deletion,
): Promise<void> {
  await connection.intents.insertOne({ _id: token, phase: 'deleting', on: new Date(), ...deletion }, passing);
}

/** Goes on with a deletion from wherever it was. @returns false when this lock was not taken for one */
export async function finishDeletion(
  connection: MongoConnection,
  { dead, lock }: { dead: LockToken; lock: Lock },
): Promise<boolean> {
  const deletion = await findIntent(connection, dead);
  if (!deletion) return false;
  // The Workflows go last, all at once: without them everything has been done. Their lock may have been removed by force.
  if (!(await lockFurther(connection, lock, await homesOf(connection, deletion)))) {
    await unlock(connection, lock);
    return true;
  }
  if (lock.workflows.length > 0)
    await carryOutDeletion(connection, { dead, lock, deletion, answer: deletion.answer });
  await removeIntent(connection, dead);
  return true;
}

async function findIntent(
  { intents }: MongoConnection,
  dead: LockToken,
): Promise<(Deletion & { answer: string | null }) | null> {
  const intent = await intents.findOne({ _id: idsUnder(dead), phase: 'deleting' });
  if (!intent) return null;
  const list = (name: string): number[] => (Array.isArray(intent[name]) ? intent[name].map(integerOf) : []);
  return {
    key: String(intent.key),
    fwIds: list('fwIds').map(fwId),
    held: list('held').map(launchId),
    shared: intent.shared === true,
    answer: typeof intent.answer === 'string' ? intent.answer : null,
  };
}

/** The Workflows that were locked in order to be deleted, as far as they are there. */
export async function findDeleted(connection: MongoConnection, dead: LockToken): Promise<ObjectId[]> {
  const intent = await findIntent(connection, dead);
  return intent ? homesOf(connection, intent) : [];
}

async function homesOf({ workflows }: MongoConnection, { fwIds }: Deletion): Promise<ObjectId[]> {
  const found = await workflows.find({ nodes: { $in: fwIds } }, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }): ObjectId => _id);
}

/** @returns what was deleted, as it is told to the caller and to those who repeat the call */
export async function carryOutDeletion(
  connection: MongoConnection,
  {
    dead,
    lock,
    deletion,
    answer,
  }: { dead: LockToken; lock: Lock; deletion: Deletion; answer: string | null },
): Promise<DeletedWorkflows> {
  assertHeld(lock);
  await connection.fireworks.deleteMany({ fw_id: { $in: deletion.fwIds } }, passing);
  const text = answer ?? (await fixAnswer(connection, dead, deletion));
  const deleted: DeletedWorkflows = JSON.parse(text);
  await deleteLaunches(connection, deleted.launchIds);
  await connection.importFailures.deleteMany({ fw_id: { $in: deletion.fwIds } }, passing);
  const given: RememberedAnswer = { key: deletion.key, text, on: new Date() };
  await rememberAnswer(connection, given);
  assertHeld(lock);
  await connection.workflows.deleteMany({ _id: { $in: lock.workflows }, locked: lock.token });
  return deleted;
}

/** Writes down which Launches go, while they still can be read. */
async function fixAnswer(connection: MongoConnection, token: LockToken, deletion: Deletion): Promise<string> {
  const { fwIds, held } = deletion;
  const launches = await connection.launches
    .find(
      { $or: [{ fw_id: { $in: fwIds } }, { launch_id: { $in: held } }] },
      { projection: { _id: 0, launch_id: 1, launch_dir: 1 } },
    )
    .toArray();
  const ids = launches.map((launch) => launchId(integerOf(launch.launch_id)));
  const kept = deletion.shared ? await stillHeld(connection, ids) : new Set<LaunchId>();
  const going = launches.filter((launch) => !kept.has(launchId(integerOf(launch.launch_id))));
  const dirs = new Set(going.map((launch) => String(launch.launch_dir ?? '')).filter((dir) => dir !== ''));
  const deleted: DeletedWorkflows = {
    fwIds,
    launchIds: ids.filter((id) => !kept.has(id)).sort((a, b) => a - b),
    launchDirs: [...dirs],
  };
  const answer = JSON.stringify(deleted);
  await connection.intents.updateOne({ _id: idsUnder(token) }, { $set: { answer } }, passing);
  return answer;
}

/** Launches that Fireworks hold, active or archived. */
export async function stillHeld(connection: MongoConnection, ids: LaunchId[]): Promise<Set<LaunchId>> {
  const holders = connection.fireworks.find(
    { $or: [{ launches: { $in: ids } }, { archived_launches: { $in: ids } }] },
    { projection: { _id: 0, launches: 1, archived_launches: 1 } },
  );
  const held = new Set<LaunchId>();
  for await (const holder of holders) {
    for (const id of launchIdsOf(holder.launches)) held.add(id);
    for (const id of launchIdsOf(holder.archived_launches)) held.add(id);
  }
  return held;
}

/** Deletes Launches with all that belongs to them. */
export async function deleteLaunches(connection: MongoConnection, ids: LaunchId[]): Promise<void> {
  await deleteActionFiles(connection, ids);
  await connection.offlineRuns.deleteMany({ launch_id: { $in: ids } }, passing);
  await connection.launches.deleteMany({ launch_id: { $in: ids } }, passing);
  await connection.starts.deleteMany({ _id: { $in: ids } }, passing);
}
