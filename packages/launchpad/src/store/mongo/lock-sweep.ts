import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { type Condition, ObjectId } from 'mongodb';
import { type MongoConnection, passing } from './connection.ts';
import { breakForeignLock, longestGapMilliseconds } from './foreign-locks.ts';
import { isDead, type LockToken, ownToken } from './locks.ts';
import { recover } from './recovery.ts';

/**
 * Finds locks that a dead program left and nobody waits for; who does wait finds them at once.
 *
 * There is no index on `locked`: with one every lock and unlock would change an indexed member, and then MongoDB makes all
 * keys of the index on `nodes` anew, of which a Workflow of 10,000 Fireworks has as many. Instead each round of upkeep looks
 * at the next thousands of Workflows in the order of their `_id`s, and at those that were seen locked by Python.
 */

/** So many Workflows are looked at in a round: some milliseconds of the server's time. */
const sweepSize = 20_000;

interface LockedWorkflow {
  _id: ObjectId;
  locked: unknown;
  updated_on: unknown;
}

/** Releases those locks of dead programs that are seen in this round. */
export async function releaseDeadLocks(connection: MongoConnection): Promise<void> {
  const locked = [...(await seenBefore(connection)), ...(await nextSection(connection))];
  const dead = new Map<LockToken, ObjectId[]>();
  for (const workflow of new Map(locked.map((one) => [String(one._id), one])).values()) {
    const token = ownToken(workflow.locked);
    if (token === null) await breakForeignLock(connection, workflow);
    else if (isDead(connection, token)) dead.set(token, [...(dead.get(token) ?? []), workflow._id]);
  }
  for (const [token, workflows] of dead) await recover(connection, token, workflows);
}

/** Those that another program had locked when they were last looked at, if they still are; the others are forgotten. */
async function seenBefore(connection: MongoConnection): Promise<LockedWorkflow[]> {
  const { foreignLocks } = connection;
  const ids = (await foreignLocks.find({}, { projection: { _id: 1 }, hint: { _id: 1 } }).toArray()).map(
    ({ _id }) => _id,
  );
  if (ids.length === 0) return [];
  const locked = await findLocked(connection, { $in: ids });
  const still = new Set(locked.map(({ _id }) => String(_id)));
  const over = ids.filter((id) => !still.has(String(id)));
  const last = { $lt: epochMilliseconds(connection.now()) - longestGapMilliseconds };
  if (over.length > 0) await foreignLocks.deleteMany({ _id: { $in: over }, last }, passing);
  return locked;
}

/** What is locked among the Workflows that follow those of the last round; after the last one it begins again. */
async function nextSection(connection: MongoConnection): Promise<LockedWorkflow[]> {
  const { meta, workflows } = connection;
  const after = objectIdOf((await meta.findOne({ _id: 'lock_sweep' }))?.after);
  const section = { $gte: after };
  const [next] = await workflows
    .find({ _id: section }, { projection: { _id: 1 } })
    .sort({ _id: 1 })
    .skip(sweepSize)
    .limit(1)
    .toArray();
  const locked = await findLocked(connection, next ? { ...section, $lt: next._id } : section);
  if (next || !after.equals(first)) {
    const set = { $set: { after: next?._id ?? first } };
    await meta.updateOne({ _id: 'lock_sweep' }, set, { upsert: true, ...passing });
  }
  return locked;
}

const first = new ObjectId('0'.repeat(24));

const objectIdOf = (value: unknown): ObjectId => (value instanceof ObjectId ? value : first);

async function findLocked(
  { workflows }: MongoConnection,
  _id: Condition<ObjectId>,
): Promise<LockedWorkflow[]> {
  const found = await workflows
    .find({ _id, locked: { $exists: true } }, { projection: { locked: 1, updated_on: 1 } })
    .toArray();
  return found.map(({ _id, locked, updated_on }) => ({ _id, locked, updated_on }));
}
