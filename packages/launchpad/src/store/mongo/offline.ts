import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { StoredOffline } from '../store.ts';
import { answerGiven, rememberAnswer } from './answers.ts';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf } from './documents.ts';

/** FireWorks' own `offline_runs` (format §2.5), so that its `recover_offline` finds ours, and ours finds those of others. */

export async function putOffline(
  { offlineRuns, now }: MongoConnection,
  runs: StoredOffline[],
): Promise<void> {
  if (runs.length === 0) return;
  const at = now();
  await offlineRuns.bulkWrite(
    runs.map((run) => ({
      updateOne: {
        filter: { launch_id: Number(run.launchId) },
        update: {
          $setOnInsert: {
            fw_id: Number(run.fwId),
            name: run.name,
            created_on: at,
            updated_on: at,
            deprecated: false,
            completed: false,
          },
        },
        upsert: true,
      },
    })),
  );
}

export async function findOffline(
  { offlineRuns }: MongoConnection,
  launchIds?: LaunchId[],
): Promise<StoredOffline[]> {
  const found = await offlineRuns
    .find(
      {
        ...{ completed: false, deprecated: false },
        ...(launchIds && { launch_id: { $in: launchIds.map(Number) } }),
      },
      { projection: { _id: 0, launch_id: 1, fw_id: 1, name: 1 }, batchSize: 10_000 },
    )
    .sort({ launch_id: 1 })
    .toArray();
  return found.map((run) => ({
    launchId: launchId(integerOf(run.launch_id)),
    fwId: fwId(integerOf(run.fw_id)),
    name: String(run.name),
  }));
}

/** Not waited for until it is durable: a run that is found open again tells what is known already, and is closed then. */
export async function closeOffline(
  { offlineRuns, now }: MongoConnection,
  launchIds: LaunchId[],
): Promise<void> {
  if (launchIds.length === 0) return;
  await offlineRuns.updateMany(
    { launch_id: { $in: launchIds.map(Number) } },
    { $set: { completed: true, updated_on: now() } },
    passing,
  );
}

/**
 * What is to be forgotten is the answer, which is kept first: a call that is repeated after a crash forgets those again, and no
 * Launch that was registered later.
 */
export async function forgetOffline(
  connection: MongoConnection,
  { key, fwIds }: { key: string; fwIds: FwId[] },
): Promise<FwId[]> {
  const given = await answerGiven(connection, key);
  const runs = given === null ? await openRunsOf(connection, fwIds) : readRuns(given);
  if (given === null) await rememberAnswer(connection, { key, text: JSON.stringify(runs), on: new Date() });
  await connection.offlineRuns.updateMany(
    { launch_id: { $in: runs.map(([launchId]) => launchId) } },
    { $set: { deprecated: true, updated_on: connection.now() } },
  );
  return [...new Set(runs.map(([, id]) => fwId(id)))];
}

async function openRunsOf(connection: MongoConnection, fwIds: FwId[]): Promise<[number, number][]> {
  const wanted = new Set(fwIds);
  const open = await findOffline(connection);
  return open.filter((run) => wanted.has(run.fwId)).map((run) => [run.launchId, run.fwId]);
}

/** Pairs of the ids of a Launch and its Firework. */
function readRuns(text: string): [number, number][] {
  return JSON.parse(text);
}
