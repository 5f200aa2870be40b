import { type FwId, fwId } from '@skyrocket/model/ids';
import { epochMilliseconds, timestamp } from '@skyrocket/model/timestamp';
import { settleAdditions } from './addition.ts';
import { forgetAgents } from './agents.ts';
import { type MongoConnection, passing } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { finishReset } from './delete-workflows.ts';
import { integerOf } from './documents.ts';
import { breakForeignLock, isDead, ownToken } from './locks.ts';
import { recover } from './recovery.ts';

/** A worker that has told the end of a Launch needs some time to bring its Firework to it. */
const graceSeconds = 30;

/**
 * Finishes what crashes left half done, and names the Fireworks that are still to be refreshed: they are RUNNING, but
 * their Launch has ended.
 */
export async function finishUnfinished(connection: MongoConnection): Promise<FwId[]> {
  await connection.setClock();
  await finishReset(connection);
  await settleAdditions(connection);
  await releaseDeadLocks(connection);
  await settleIntents(connection);
  return endedButRunning(connection);
}

async function releaseDeadLocks(connection: MongoConnection): Promise<void> {
  const locked = await connection.workflows
    .find(
      { locked: { $exists: true } },
      { projection: { locked: 1, updated_on: 1 }, hint: 'skyrocket_locked' },
    )
    .toArray();
  const dead = new Set(
    locked.flatMap((workflow) => {
      const token = ownToken(workflow.locked);
      return token !== null && isDead(connection, token) ? [token] : [];
    }),
  );
  for (const token of dead) await recover(connection, token);
  for (const workflow of locked) {
    if (ownToken(workflow.locked) === null) await breakForeignLock(connection, workflow);
  }
}

/** Intents whose locks are all released: everything was written, only they themselves were left. */
async function settleIntents(connection: MongoConnection): Promise<void> {
  const intents = await connection.intents
    .find({ _id: { $gte: 'skyrocket:', $lt: 'skyrocket;' } }, { projection: { _id: 1 } })
    .toArray();
  for (const { _id } of intents) {
    const token = ownToken(_id.split('#')[0]);
    if (token !== null && isDead(connection, token)) await recover(connection, token);
    if (_id.includes('#') && token !== null && isDead(connection, token)) {
      await connection.intents.deleteOne({ _id }, passing);
    }
  }
}

/** Oldest Launches first; more are found next time. */
const mostAtOnce = 10_000;

/** Fireworks that are RUNNING though a Launch of theirs has ended some time ago. */
export async function endedButRunning(connection: MongoConnection): Promise<FwId[]> {
  const before = timestamp(epochMilliseconds(connection.now()) - graceSeconds * 1000);
  const found = connection.fireworks.aggregate([
    { $match: { state: 'RUNNING' } },
    { $limit: mostAtOnce },
    { $project: { _id: 0, fw_id: 1, launches: 1 } },
    {
      $lookup: {
        from: 'launches',
        localField: 'launches',
        foreignField: 'launch_id',
        pipeline: [
          { $match: { state: { $in: ['COMPLETED', 'FIZZLED'] }, time_end: { $lt: before } } },
          { $project: { _id: 1 } },
        ],
        as: 'ended',
      },
    },
    { $match: { ended: { $ne: [] } } },
  ]);
  const ids: FwId[] = [];
  for await (const firework of found) ids.push(fwId(integerOf(firework.fw_id)));
  return ids;
}

/** Forgets answers, starts and silent agents of the distant past. */
export async function prune(connection: MongoConnection, olderThanSeconds: number): Promise<void> {
  const horizon = new Date(epochMilliseconds(connection.now()) - olderThanSeconds * 1000);
  await connection.answers.deleteMany({ on: { $lt: horizon } }, passing);
  const silent = await connection.agents
    .find({ renewed_on: { $lt: horizon } }, { projection: { _id: 1 } })
    .toArray();
  await forgetAgents(
    connection,
    silent.flatMap((agent) => agentOf(agent._id) ?? []),
  );
}
