import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { StoredOffline } from '../store.ts';
import type { MongoConnection } from './connection.ts';
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

export async function findOffline({ offlineRuns }: MongoConnection): Promise<StoredOffline[]> {
  const found = await offlineRuns
    .find({ completed: false, deprecated: false })
    .sort({ launch_id: 1 })
    .toArray();
  return found.map((run) => ({
    launchId: launchId(integerOf(run.launch_id)),
    fwId: fwId(integerOf(run.fw_id)),
    name: String(run.name),
  }));
}

export async function closeOffline(
  { offlineRuns, now }: MongoConnection,
  { launchIds, as }: { launchIds: LaunchId[]; as: 'completed' | 'deprecated' },
): Promise<void> {
  if (launchIds.length === 0) return;
  await offlineRuns.updateMany(
    { launch_id: { $in: launchIds.map(Number) } },
    { $set: { [as]: true, updated_on: now() } },
  );
}
