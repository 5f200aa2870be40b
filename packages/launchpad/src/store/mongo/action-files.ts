import type { FWAction } from '@skyrocket/model/action';
import { actionToDocument } from '@skyrocket/model/action-document';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';
import { storedLaunchDocument } from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { LaunchRecord } from '@skyrocket/model/records';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { GridFSBucket, ObjectId } from 'mongodb';
import { mapToBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';
import { documentLimit, sizeOf, surelyFits } from './document-size.ts';

/**
 * An action that does not fit into its Launch goes to GridFS, as FireWorks does
 * it (format §2.6): a file of JSON with the Launch's id in its metadata, and `{gridfs_id}` in the Launch.
 */

/** What the other members of a Launch may take. */
const launchRoom = 256 * 1024;

/** How an action stands in its Launch; a large one is stored in a file first. @throws TOO_LARGE when there is no bucket */
export async function storedAction(
  connection: MongoConnection,
  launch: LaunchId,
  action: FWAction | null,
): Promise<unknown> {
  if (action === null) return null;
  const document = actionToDocument(action);
  const bson = mapToBson(document);
  if (surelyFits(bson, launchRoom)) return bson;
  const size = sizeOf(bson);
  if (size < documentLimit - launchRoom) return bson;
  const bucket = bucketOf(connection);
  if (!bucket) {
    throw new SkyrocketError(
      'TOO_LARGE',
      `the action of Launch ${launch} has ${size} bytes, and a document of MongoDB 16777216 at most: let the task return less, or set GRIDFS_FALLBACK_COLLECTION`,
    );
  }
  // A crash may have left a file that no Launch names.
  await deleteActionFiles(connection, [launch]);
  return { gridfs_id: await upload(bucket, launch, stringifyJson(document)) };
}

/** The document of a Launch as it was on another launchpad; a large action is stored in a file first. */
export async function launchWithAction(
  connection: MongoConnection,
  launch: LaunchRecord,
): Promise<Map<string, unknown>> {
  const document = mapToBson(storedLaunchDocument({ ...launch, action: null }));
  // Setting what is there keeps its place.
  return document.set('action', await storedAction(connection, launch.launchId, launch.action));
}

function upload(bucket: GridFSBucket, launch: LaunchId, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const stream = bucket.openUploadStream('', { metadata: { launch_id: launch } });
    stream.once('error', reject);
    stream.once('finish', () => resolve(stream.id.toHexString()));
    stream.end(Buffer.from(text, 'utf8'));
  });
}

/** The documents of Launches with their actions read from files where they are. */
export async function withFetchedActions(
  connection: MongoConnection,
  launches: UserMap[],
): Promise<UserMap[]> {
  for (const launch of launches) {
    const action = launch.get('action');
    const file = isUserMap(action) ? action.get('gridfs_id') : undefined;
    if (typeof file === 'string') launch.set('action', await download(connection, file));
  }
  return launches;
}

async function download(connection: MongoConnection, file: string): Promise<UserValue> {
  const bucket = bucketOf(connection);
  if (!bucket) {
    throw new SkyrocketError(
      'BAD_CONFIGURATION',
      `an action is kept in GridFS (file ${file}), but GRIDFS_FALLBACK_COLLECTION names no bucket to read it from`,
    );
  }
  const parts: Buffer[] = [];
  for await (const part of bucket.openDownloadStream(new ObjectId(file))) {
    if (Buffer.isBuffer(part)) parts.push(part);
  }
  return parseJson(Buffer.concat(parts).toString('utf8'), {
    source: `the action in the GridFS file ${file}`,
  });
}

export async function deleteActionFiles(connection: MongoConnection, launches: LaunchId[]): Promise<void> {
  const bucket = bucketOf(connection);
  if (!bucket || launches.length === 0) return;
  const files = await bucket.find({ 'metadata.launch_id': { $in: launches } }).toArray();
  for (const file of files) await bucket.delete(file._id);
}

function bucketOf({ db, settings }: MongoConnection): GridFSBucket | null {
  return settings.actionBucket === null ? null : new GridFSBucket(db, { bucketName: settings.actionBucket });
}
