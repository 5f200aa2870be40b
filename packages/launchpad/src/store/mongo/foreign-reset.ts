import type { LaunchId } from '@skyrocket/model/ids';
import { type MongoConnection, passing } from './connection.ts';
import { integerOf } from './documents.ts';

/**
 * FireWorks' own `lpad reset` empties its collections and gives ids from 1 again, and knows nothing of ours. What was noted
 * about Launches before would then be taken for notes about others that have got the same ids.
 */

/**
 * After such a reset, drops what was noted before it. It is told by a note about an id that has not been given yet, and
 * what is older than that note is from before, too.
 */
export async function forgetBeforeReset(connection: MongoConnection): Promise<void> {
  const { starts, idAssigner } = connection;
  const [last] = await starts.find({}).sort({ _id: -1 }).limit(1).toArray();
  // Read after the last note: in one life the counter is always ahead of it.
  const counter = await idAssigner.findOne({});
  // A counter that is missing tells nothing: until it is restored no ids are drawn, and what runs must be able to end.
  if (!last || !counter) return;
  const next = integerOf(counter.next_launch_id);
  if (last._id < next) return;
  // The one that gave it away goes last: a crash in between leaves it to tell again.
  await starts.deleteMany({ _id: { $lt: next }, on: { $lte: last.on } }, passing);
  await starts.deleteMany({ _id: { $gte: next } }, passing);
  connection.homes.forget();
  connection.claims.forget();
  connection.spareIds.forget();
}

/** Drops notes about ids that were drawn just now, so that nobody else can have made them. @returns whether there were any */
export async function forgetNotes({ starts }: MongoConnection, ids: readonly LaunchId[]): Promise<boolean> {
  const { deletedCount } = await starts.deleteMany({ _id: { $in: [...ids] } }, passing);
  return deletedCount > 0;
}
