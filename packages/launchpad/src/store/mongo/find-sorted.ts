import type { Sort } from '@skyrocket/contract/questions';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { Collection, Document, Filter } from 'mongodb';
import { momentOf } from './documents.ts';
import { findRaw, userQuery } from './raw-documents.ts';

/**
 * Documents by a moment. The same field is a text in some documents and a Date in others, and MongoDB sorts all texts
 * before all Dates; so the first of each kind are read by the index, and joined.
 */
export async function findSorted(
  collection: Collection,
  filter: Filter<Document>,
  { sort, limit, projection }: { sort: Sort; limit: number; projection: Document },
): Promise<UserMap[]> {
  const direction = sort.direction === 'ascending' ? 1 : -1;
  const kinds = ['string', 'date'].map((kind) =>
    findRaw(
      collection,
      { $and: [filter, { [sort.field]: { $type: kind } }] },
      { ...userQuery, projection, sort: { [sort.field]: direction }, limit },
    ),
  );
  const found = (await Promise.all(kinds)).flat();
  const keyed = found.map((document) => ({
    document,
    moment: momentOf(document.get(sort.field)),
    id: idOf(document),
  }));
  keyed.sort((a, b) => (a.moment === b.moment ? a.id - b.id : (a.moment < b.moment ? -1 : 1) * direction));
  const documents = keyed.map(({ document }) => document);
  return limit > 0 ? documents.slice(0, limit) : documents;
}

/** Among documents of the same moment the smaller id comes first. */
function idOf(document: UserMap): number {
  const nodes = document.get('nodes');
  const id = document.get('fw_id') ?? (Array.isArray(nodes) ? nodes[0] : 0);
  return typeof id === 'number' ? id : 0;
}

/** Whether a filter asks nothing. */
export function asksNothing(filter: UserMap | undefined): boolean {
  return filter === undefined || (isUserMap(filter) && filter.size === 0);
}
