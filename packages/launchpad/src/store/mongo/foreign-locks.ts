import { epochMilliseconds } from '@skyrocket/model/timestamp';
import type { Document, ObjectId } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';

/** Takes the lock of another program away when nothing has changed for long since it was first seen. */
export async function breakForeignLock(connection: MongoConnection, workflow: Document): Promise<boolean> {
  const seen = { locked: workflow.locked, updated_on: workflow.updated_on };
  const now = epochMilliseconds(connection.now());
  const since = await firstSeen(connection, { _id: workflow._id, ...seen }, now);
  if (now - since < connection.settings.lockExpirationSeconds * 1000) return false;
  const broken = await connection.workflows.updateOne(
    { _id: workflow._id, ...seen },
    { $unset: { locked: '' } },
  );
  await connection.foreignLocks.deleteOne({ _id: workflow._id });
  return broken.modifiedCount === 1;
}

/** Since when a Workflow is known to be locked as it is now. A sight of it in another state counts anew. */
async function firstSeen(
  connection: MongoConnection,
  workflow: { _id: ObjectId; updated_on: unknown },
  now: number,
): Promise<number> {
  const { _id, updated_on } = workflow;
  // While it is looked at again and again the sights are close; a long gap may hide that it was unlocked meanwhile.
  const known = await connection.foreignLocks.findOneAndUpdate(
    { _id, updated_on, last: { $gte: now - longestGapMilliseconds } },
    { $set: { last: now } },
  );
  const since: unknown = known?.since;
  if (typeof since === 'number') return since;
  try {
    await connection.foreignLocks.replaceOne(
      { _id },
      { updated_on, since: now, last: now },
      { upsert: true },
    );
  } catch (error) {
    if (!isServerError(error, duplicateKey)) throw error;
  }
  return now;
}

/** Who needs the Workflow asks within seconds, upkeep within two minutes. */
export const longestGapMilliseconds = 150_000;
