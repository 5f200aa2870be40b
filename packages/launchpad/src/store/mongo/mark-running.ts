import type { FwId } from '@skyrocket/model/ids';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type Document, ObjectId } from 'mongodb';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { areLone, loneOnes, loneState } from './lone-workflows.ts';

/**
 * The copy of the states comes first: if the Firework turns out to be taken back, the copy is known to be wrong; the other
 * way round nobody would know. @returns Fireworks whose Workflow was locked or says something else
 */
export async function markRunning(
  connection: MongoConnection,
  fwIds: FwId[],
  now: Timestamp,
): Promise<FwId[]> {
  const homes = await findHomes(connection, fwIds);
  const byHome = new Map<string, FwId[]>();
  for (const [id, home] of homes) byHome.set(home, [...(byHome.get(home) ?? []), id]);
  if (byHome.size === 0) return [];
  if (await markLone(connection, [...byHome.keys()], now)) return [];
  const updated_on = dateOf(now);
  const operations = (homesLeft: Iterable<[string, FwId[]]>, states: Document, state: Document) =>
    [...homesLeft].map(([home, ids]) => {
      const running = Object.fromEntries(ids.map((id) => [`fw_states.${id}`, 'RUNNING']));
      const filter = { _id: new ObjectId(home), locked: { $exists: false }, state: states };
      return { updateOne: { filter, update: { $set: { ...running, updated_on, ...state } } } };
    });
  const fresh = operations(byHome, { $in: ['READY', 'RESERVED'] }, { state: 'RUNNING' });
  // Those that were fresh are RUNNING now, and match here once more.
  const others = operations(byHome, { $nin: ['READY', 'RESERVED'] }, {});
  const options = { ordered: true, ...passing };
  for (let attempt = 1; attempt <= patientAttempts; attempt++) {
    if (byHome.size > fewWorkflows) {
      const { matchedCount } = await connection.workflows.bulkWrite(fresh, options);
      if (matchedCount === byHome.size) return [];
    }
    const all = byHome.size > fewWorkflows ? others : [...fresh, ...others];
    if ((await connection.workflows.bulkWrite(all, options)).matchedCount >= byHome.size) return [];
    await new Promise((resolve) => setTimeout(resolve, 4 * attempt * (0.5 + Math.random())));
  }
  return fwIds;
}

/** @returns whether all of them are Workflows of one Firework, and RUNNING now */
async function markLone(
  { workflows, homes }: MongoConnection,
  ids: string[],
  now: Timestamp,
): Promise<boolean> {
  if (!areLone(homes, ids)) return false;
  const fresh = { ...loneOnes(ids), locked: { $exists: false }, state: { $in: ['READY', 'RESERVED'] } };
  const { matchedCount } = await workflows.updateMany(fresh, [{ $set: loneState('RUNNING', now) }], passing);
  return matchedCount === ids.length;
}

/** Up to here one command with twice the operations costs less than a second command. */
const fewWorkflows = 10;

/** A Workflow is locked for some milliseconds at a time. */
const patientAttempts = 4;
