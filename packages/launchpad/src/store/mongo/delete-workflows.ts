import { randomUUID } from 'node:crypto';
import type { Keyed } from '@skyrocket/contract/keyed';
import type { DeletedWorkflows } from '@skyrocket/contract/workflows';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { answerGiven, rememberAnswer } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { locked } from './decide.ts';
import { carryOutDeletion, type Deletion, storeDeletion } from './deletion.ts';
import { integerOf, launchIdsOf } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { type Lock, unlock } from './locks.ts';
import type { Turns } from './turns.ts';

const nothing: DeletedWorkflows = { fwIds: [], launchIds: [], launchDirs: [] };

/** Deletes whole Workflows, each named by any of its Fireworks. */
export async function deleteWorkflows(
  connection: MongoConnection,
  turns: Turns,
  { key, fwIds }: Keyed & { fwIds: FwId[] },
): Promise<DeletedWorkflows> {
  const given = await answerGiven(connection, key);
  if (given !== null) return JSON.parse(given);
  const workflows = [...new Set((await findHomes(connection, fwIds)).values())].sort();
  if (workflows.length === 0) return nothing;
  return turns.take(workflows, () =>
    locked(connection, { workflows }, (lock) => deleteLocked(connection, lock, key)),
  );
}

async function deleteLocked(connection: MongoConnection, lock: Lock, key: string): Promise<DeletedWorkflows> {
  const given = await answerGiven(connection, key);
  if (given !== null) {
    await unlock(connection, lock);
    return JSON.parse(given);
  }
  const members = await connection.workflows
    .find({ _id: { $in: lock.workflows }, locked: lock.token }, { projection: { _id: 0, nodes: 1 } })
    .toArray();
  const fwIds = members
    .flatMap((workflow) => (Array.isArray(workflow.nodes) ? workflow.nodes : []))
    .map((id) => fwId(integerOf(id)))
    .sort((a, b) => a - b);
  const deletion = { key, fwIds, ...(await launchesHeld(connection, fwIds)) };
  await storeDeletion(connection, lock.token, deletion);
  const deleted = await carryOutDeletion(connection, { dead: lock.token, lock, deletion, answer: null });
  await connection.intents.deleteOne({ _id: lock.token }, passing);
  connection.homes.forget();
  return deleted;
}

async function launchesHeld(
  connection: MongoConnection,
  fwIds: FwId[],
): Promise<Pick<Deletion, 'held' | 'shared'>> {
  const fireworks = await connection.fireworks
    .find(
      { fw_id: { $in: fwIds } },
      { projection: { _id: 0, launches: 1, archived_launches: 1, dupes: { $type: '$spec._dupefinder' } } },
    )
    .toArray();
  return {
    held: fireworks.flatMap((one) => [...launchIdsOf(one.launches), ...launchIdsOf(one.archived_launches)]),
    shared: fireworks.some((one) => one.dupes !== 'missing'),
  };
}

/**
 * Empties the launchpad. That it is under way is written down first, so that a crash leaves something that the next call
 * or upkeep finishes; the new uuid comes last.
 */
export async function resetDatabase(connection: MongoConnection, key: string): Promise<void> {
  if ((await answerGiven(connection, key)) !== null) return;
  await connection.meta.updateOne({ _id: 'reset' }, { $set: { key } }, { upsert: true });
  await finishReset(connection);
}

/** Goes on with a reset that has begun, if one has. */
export async function finishReset(connection: MongoConnection): Promise<void> {
  const begun = await connection.meta.findOne({ _id: 'reset' });
  if (!begun) return;
  const { db, settings } = connection;
  const own = [connection.agents, connection.importFailures, connection.foreignLocks, connection.intents];
  for (const collection of [
    connection.fireworks,
    connection.workflows,
    connection.launches,
    connection.offlineRuns,
  ]) {
    await collection.deleteMany({}, passing);
  }
  for (const collection of [...own, connection.chains, connection.imports, connection.answers])
    await collection.deleteMany({}, passing);
  await connection.starts.deleteMany({}, passing);
  if (settings.actionBucket !== null) {
    for (const part of ['files', 'chunks'])
      await db.collection(`${settings.actionBucket}.${part}`).deleteMany({}, passing);
  }
  await connection.idAssigner.deleteMany({}, passing);
  await connection.idAssigner.insertOne({ _id: -1, next_fw_id: 1, next_launch_id: 1 }, passing);
  await connection.meta.deleteMany({ _id: { $in: ['upkeep', 'watch'] } }, passing);
  const uuid = randomUUID();
  await connection.meta.updateOne({ _id: 'launchpad' }, { $set: { uuid } }, passing);
  await rememberAnswer(connection, { key: String(begun.key), text: '', on: new Date() });
  await connection.meta.deleteOne({ _id: 'reset' });
  connection.homes.forget();
  connection.witnesses.forget();
  connection.claims.forget();
  connection.spareIds.forget();
}
