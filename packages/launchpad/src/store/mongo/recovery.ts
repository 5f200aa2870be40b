import type { ObjectId } from 'mongodb';
import { finishPlan, undoContest } from './commit.ts';
import type { MongoConnection } from './connection.ts';
import { findDeleted, finishDeletion } from './deletion.ts';
import { finishUnlocked } from './finish-unlocked.ts';
import { readIntent, removeIntent } from './intents.ts';
import type { LeftLock } from './left-locks.ts';
import { isDead, type Lock, type LockToken, newLock, ownToken, unlock } from './locks.ts';
import { reconcile } from './reconcile.ts';

/**
 * Finishes what the owner of a lock began before it died (or lost its connection), and releases the lock. Whoever comes
 * second finds nothing to do.
 *
 * A lock is on all Workflows that its intent names. Without one, each of them is brought in order for itself, so that it
 * is enough to do that where the lock was met.
 *
 * When that fails, it is tried again by the next call of this process; when others have one of the Workflows locked, by one
 * that comes a moment later (`left-locks.ts`).
 */
export async function recover(
  connection: MongoConnection,
  dead: LockToken,
  met: readonly ObjectId[],
): Promise<void> {
  const left: LeftLock[] = [{ token: dead, workflows: met }];
  try {
    const named = (await readIntent(connection, dead))?.workflows ?? (await findDeleted(connection, dead));
    const fresh = newLock(connection, [], { before: dead });
    left.push({ token: fresh.token, workflows: met });
    const lock = await takeOver(connection, { dead, fresh, from: [...met, ...named] });
    if (!(await finish(connection, dead, lock)))
      connection.leftLocks.addForLater({ token: dead, workflows: met });
  } catch (error) {
    connection.leftLocks.add(...left);
    throw error;
  }
}

/** @returns false when others have a Workflow locked: it is to be done later */
async function finish(connection: MongoConnection, dead: LockToken, lock: Lock): Promise<boolean> {
  const intent = await readIntent(connection, dead);
  if (intent?.phase === 'decided') {
    const isLocked = lock.workflows.length === intent.workflows.length;
    if (isLocked) await finishPlan(connection, lock, intent);
    else if (!(await finishUnlocked(connection, lock, intent))) return false;
    await removeIntent(connection, dead);
  } else if (intent) {
    await undoContest(connection, intent.contest);
    await unlock(connection, lock);
    await removeIntent(connection, dead);
  } else if (!(await finishDeletion(connection, { dead, lock }))) {
    await reconcile(connection, lock);
  }
  return true;
}

/** Ends the locks that an outage kept this process from ending. If it still does, what is asked next tells of it. */
export async function endLeftLocks(connection: MongoConnection): Promise<void> {
  const left = connection.leftLocks.take().filter(({ token }) => !isDead(connection, token));
  for (const [index, { token, workflows }] of left.entries()) {
    try {
      await recover(connection, token, workflows);
    } catch {
      connection.leftLocks.add(...left.slice(index + 1));
      return;
    }
  }
}

/** Takes over the lock of a dead owner on those of the Workflows that still carry it. */
async function takeOver(
  connection: MongoConnection,
  { dead, fresh, from }: { dead: LockToken; fresh: Lock; from: ObjectId[] },
): Promise<Lock> {
  const _id = { $in: from };
  const taken = await connection.workflows.updateMany(
    { _id, locked: dead },
    { $set: { locked: fresh.token } },
  );
  if (taken.modifiedCount === 0) return fresh;
  const workflows = await connection.workflows
    .find({ _id, locked: fresh.token }, { projection: { _id: 1 } })
    .toArray();
  const ids = workflows.map((workflow): ObjectId => workflow._id);
  return { ...fresh, workflows: ids, asked: ids.map((id) => id.toHexString()) };
}

/** Recovers intents of dead owners whose locks are gone: mostly only they themselves are left. */
export async function settleIntents(connection: MongoConnection): Promise<void> {
  const intents = await connection.intents
    .find({ _id: { $gte: 'skyrocket:', $lt: 'skyrocket;' } }, { projection: { _id: 1 } })
    .toArray();
  const tokens = new Set(intents.flatMap(({ _id }) => ownToken(_id.split('#')[0]) ?? []));
  for (const token of tokens) {
    if (!isDead(connection, token)) continue;
    await recover(connection, token, []);
    // Parts without a head never counted.
    const head = await connection.intents.findOne({ _id: token }, { projection: { _id: 1 } });
    if (!head) await removeIntent(connection, token);
  }
}
