import type { SaveChain, StoredChain } from '@skyrocket/contract/chains';
import type { MongoConnection } from './connection.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';

export async function findChains({ chains }: MongoConnection): Promise<StoredChain[]> {
  const found = await chains.find({}).sort({ _id: 1 }).toArray();
  return found.map(({ _id, revision, state, fworker, owner }) => ({
    name: _id,
    revision: Number(revision),
    state: String(state),
    ...(typeof fworker === 'string' && { fworker }),
    ...(typeof owner === 'string' && { owner }),
  }));
}

/** One conditional write: see `Store.saveChain`. A first write that finds the name taken hits the index of names. */
export async function saveChain(
  { chains }: MongoConnection,
  { name, revision, state, fworker, owner }: SaveChain,
): Promise<boolean> {
  const seen = { _id: name, revision };
  try {
    const next = { $set: { state, revision: revision + 1 }, $setOnInsert: { fworker, owner } };
    const { matchedCount, upsertedCount } = await chains.updateOne(seen, next, { upsert: revision === 0 });
    return matchedCount + upsertedCount === 1;
  } catch (error) {
    if (isServerError(error, duplicateKey)) return false;
    throw error;
  }
}
