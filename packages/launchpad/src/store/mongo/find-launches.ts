import type { FWAction } from '@skyrocket/model/action';
import { emptyAction } from '@skyrocket/model/action';
import type { LaunchId } from '@skyrocket/model/ids';
import { launchFromDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord } from '@skyrocket/model/records';
import { withFetchedActions } from './action-files.ts';
import type { MongoConnection } from './connection.ts';
import { findRaw } from './raw-documents.ts';

/** Launches in the order of the ids; those that are not there are left out. `actions`: an action may be long. */
export async function findLaunches(
  connection: MongoConnection,
  ids: readonly LaunchId[],
  actions: 'with-actions' | 'without-actions' = 'with-actions',
): Promise<LaunchRecord[]> {
  if (ids.length === 0) return [];
  const options = actions === 'with-actions' ? {} : { projection: { action: 0 } };
  const documents = await findRaw(connection.launches, { launch_id: { $in: [...ids] } }, options);
  const records = new Map(
    (await withFetchedActions(connection, documents)).map((document) => {
      const record = launchFromDocument(document);
      return [record.launchId, record];
    }),
  );
  return ids.flatMap((id) => records.get(id) ?? []);
}

/** Actions by Launch; the empty one for a Launch that has none. */
export async function findActions(
  connection: MongoConnection,
  ids: readonly LaunchId[],
): Promise<Map<LaunchId, FWAction>> {
  const launches = await findLaunches(connection, ids);
  return new Map(launches.map(({ launchId, action }) => [launchId, action ?? emptyAction()]));
}
