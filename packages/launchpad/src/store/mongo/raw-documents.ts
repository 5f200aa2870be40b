import type { UserMap } from '@skyrocket/model/user-data';
import type { Collection, Document, Filter, FindOptions } from 'mongodb';
import { fromBson, mapToBson } from './bson-user-data.ts';

/** Documents with user data, read without loss. */
export async function findRaw(
  collection: Collection,
  filter: Filter<Document>,
  options: FindOptions = {},
): Promise<UserMap[]> {
  const documents: UserMap[] = [];
  for await (const bytes of collection.find(filter, { batchSize: 1000, ...options, raw: true })) {
    if (bytes instanceof Uint8Array) documents.push(fromBson(bytes));
  }
  return documents;
}

/** A question of a user is worked on for no longer, whatever its regular expressions and expressions do. */
export const userQuery = { maxTimeMS: 60_000 } as const;

/**
 * A filter of a user, which has passed `checkQuery`, in the driver's form. Maps keep the order of keys, which matters
 * where a whole document is compared; the driver's types know only plain objects.
 */
export function userFilter(filter: UserMap): Filter<Document> {
  return { $and: [mapToBson(filter)] };
}
