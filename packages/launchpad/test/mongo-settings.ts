import type { MongoSettings } from '../src/store/mongo/connection.ts';
import type { MongodProcess } from './mongod-process.ts';

/** How to reach a database of a mongod that a test started. */
export function mongoSettings(mongod: MongodProcess | null, database: string): MongoSettings {
  if (!mongod) throw new Error('mongod has not been started');
  return {
    uri: mongod.uri,
    database,
    options: {},
    location: mongod.uri,
    userIndexes: { fireworks: [], workflows: [] },
    lockExpirationSeconds: 300,
    lockSeconds: 60,
    actionBucket: 'fw_gridfs',
  };
}
