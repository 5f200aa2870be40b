import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { settleAdditions } from './addition.ts';
import { forgetAgents } from './agents.ts';
import { type MongoConnection, passing } from './connection.ts';
import { agentOf } from './decide-locked.ts';
import { finishReset } from './delete-workflows.ts';
import { integerOf, launchIdsOf } from './documents.ts';
import { releaseDeadLocks } from './lock-sweep.ts';
import { settleIntents } from './recovery.ts';

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

/** So many Fireworks are looked at together. */
const groupSize = 10_000;

/** Fireworks that are RUNNING though a Launch of theirs has ended some time ago. */
export async function endedButRunning(connection: MongoConnection): Promise<FwId[]> {
  const before = timestamp(epochMilliseconds(connection.now()) - graceSeconds * 1000);
  const running = await connection.fireworks
    .find({ state: 'RUNNING' }, { projection: { _id: 0, fw_id: 1, launches: 1 }, batchSize: groupSize })
    .toArray();
  const ids: FwId[] = [];
  for (let next = 0; next < running.length; next += groupSize) {
    const group = running
      .slice(next, next + groupSize)
      .map(({ fw_id, launches }): [FwId, LaunchId[]] => [fwId(integerOf(fw_id)), launchIdsOf(launches)]);
    ids.push(...(await withEndedLaunch(connection, new Map(group), before)));
  }
  return ids;
}

async function withEndedLaunch(
  { launches }: MongoConnection,
  holders: ReadonlyMap<FwId, LaunchId[]>,
  before: Timestamp,
): Promise<FwId[]> {
  if (holders.size === 0) return [];
  const found = await launches
    .find(
      {
        launch_id: { $in: [...holders.values()].flat() },
        state: { $in: ['COMPLETED', 'FIZZLED'] },
        time_end: { $lt: before },
      },
      { projection: { _id: 0, launch_id: 1 }, hint: { launch_id: 1 } },
    )
    .toArray();
  const ended = new Set(found.map((launch) => launchId(integerOf(launch.launch_id))));
  return [...holders].flatMap(([id, held]) => (held.some((launch) => ended.has(launch)) ? [id] : []));
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
