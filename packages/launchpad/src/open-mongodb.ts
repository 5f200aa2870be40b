import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import type { UserMap } from '@skyrocket/model/user-data';
import type { MongoClientOptions } from 'mongodb';
import { type ExpirationTerms, leaseTerms, withExpirations } from './lease-terms.ts';
import { describeMongoAddress, type MongoAddress, uriOf } from './mongo-address.ts';
import { translateOptions, translateUri } from './store/mongo/client-options.ts';
import { connect, type MongoSettings } from './store/mongo/connection.ts';
import { mongoStore } from './store/mongo/mongo-store.ts';
import { storeLaunchPad } from './store-launchpad.ts';

/** A FireWorks database, in the words of my_launchpad.yaml (format §10.1). */
export interface MongoPlace extends MongoAddress {
  username: string | null;
  password: string | null;
  authSource: string | null;
  /** Keyword arguments of Python's driver. */
  clientOptions: UserMap;
  userIndices: string[];
  workflowUserIndices: string[];
}

/** What FW_config.yaml says of databases (format §10.3). */
export interface MongoTerms {
  /** WFLOCK_EXPIRATION_SECS: the lock of another program is broken when its Workflow has not changed for so long. */
  lockExpirationSeconds: number;
  /** GRIDFS_FALLBACK_COLLECTION; null: actions that are too large for their Launch are refused. */
  actionBucket: string | null;
}

/** FireWorks' own defaults. */
export const mongoTerms: MongoTerms = { lockExpirationSeconds: 300, actionBucket: 'fw_gridfs' };

/** A batch takes some milliseconds, the largest change a few seconds. */
const lockSeconds = 60;

/** FireWorks' MONGO_SOCKET_TIMEOUT_MS, where the file gives no URI. */
const socketTimeoutMilliseconds = 300_000;

/**
 * Opens the launchpad in a FireWorks database; what is missing in it is made.
 * @throws SkyrocketError BAD_CONFIGURATION, STORE_UNAVAILABLE
 */
export async function openMongoLaunchPad({
  place,
  log,
  terms = mongoTerms,
  expirations = leaseTerms,
}: {
  place: MongoPlace;
  log: Log;
  terms?: MongoTerms;
  expirations?: ExpirationTerms;
}): Promise<LaunchPad> {
  const { settings, ignored } = mongoSettingsOf(place, terms);
  if (ignored.length > 0) {
    log.debug(`mongoclient_kwargs: ${ignored.join(', ')} have no effect; the launchpad decides this itself`);
  }
  return storeLaunchPad(mongoStore(await connect(settings)), withExpirations(expirations));
}

/** my_launchpad.yaml in the driver's words. @throws BAD_CONFIGURATION */
export function mongoSettingsOf(
  place: MongoPlace,
  terms: MongoTerms,
): { settings: MongoSettings; ignored: string[] } {
  const kwargs = translateOptions(place.clientOptions);
  const address = translateUri(uriOf(place));
  const settings: MongoSettings = {
    uri: address.uri,
    database: place.name,
    options: { ...ownOptions(place), ...kwargs.options },
    location: describeMongoAddress(place),
    userIndexes: { fireworks: place.userIndices, workflows: place.workflowUserIndices },
    lockSeconds,
    ...terms,
  };
  return { settings, ignored: [...kwargs.ignored, ...address.ignored] };
}

function ownOptions({ uriMode, username, password, authSource, name }: MongoPlace): MongoClientOptions {
  if (uriMode) return {};
  const socket = { socketTimeoutMS: socketTimeoutMilliseconds };
  if (!username) return socket;
  return { ...socket, auth: { username, password: password ?? '' }, authSource: authSource ?? name };
}
