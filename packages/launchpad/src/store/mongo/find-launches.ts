import type { FWAction } from '@skyrocket/model/action';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { launchFromDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Document } from 'mongodb';
import type { LaunchPlace } from '../store.ts';
import { withFetchedActions } from './action-files.ts';
import type { MongoConnection } from './connection.ts';
import { integerOf, stateOf } from './documents.ts';
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

const placeProjection = { _id: 0, launch_id: 1, fw_id: 1, state: 1, launch_dir: 1, 'fworker.name': 1 };

/** In the order of the ids; those that are not there are left out. */
export async function findLaunchPlaces(
  { launches }: MongoConnection,
  ids: readonly LaunchId[],
): Promise<LaunchPlace[]> {
  if (ids.length === 0) return [];
  const found = await launches
    .find({ launch_id: { $in: [...ids] } }, { projection: placeProjection, batchSize: 10_000 })
    .toArray();
  const places = new Map(found.map(placeOf).map((place) => [place.launchId, place]));
  return ids.flatMap((id) => places.get(id) ?? []);
}

function placeOf(document: Document): LaunchPlace {
  return {
    launchId: launchId(integerOf(document.launch_id)),
    fwId: fwId(integerOf(document.fw_id)),
    state: stateOf(document.state),
    launchDir: String(document.launch_dir ?? ''),
    fworker: String(document.fworker?.name ?? ''),
  };
}

/** Actions by Launch; the empty one for a Launch that has none. */
export async function findActions(
  connection: MongoConnection,
  ids: readonly LaunchId[],
): Promise<Map<LaunchId, FWAction>> {
  const launches = await findLaunches(connection, ids);
  return new Map(launches.map(({ launchId, action }) => [launchId, action ?? emptyAction()]));
}
