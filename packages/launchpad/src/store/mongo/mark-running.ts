import { setTimeout as pause } from 'node:timers/promises';
import type { FwId } from '@skyrocket/model/ids';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { type AnyBulkWriteOperation, type Document, ObjectId } from 'mongodb';
import { type MongoConnection, passing } from './connection.ts';
import { dateOf } from './documents.ts';
import { findHomes } from './find-homes.ts';
import { isLarge, recentBefore } from './large-workflows.ts';
import { forEndsOnly } from './locks.ts';
import { areLone, loneOnes, loneState } from './lone-workflows.ts';
import { areMany, mergedStates } from './planned-writes.ts';

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
  const operations = [...byHome].map(([home, ids]) => runningOperations(connection, { home, ids, now }));
  const fresh = operations.map((one) => one.fresh);
  const others = operations.flatMap((one) => one.others);
  const options = { ordered: true, ...passing };
  let marked = 0;
  for (let attempt = 1; attempt <= patientAttempts; attempt++) {
    const isLast = attempt % looksEvery === 0 && !(await areSomeOurs(connection, [...byHome.keys()]));
    const commands = byHome.size > fewWorkflows ? [fresh, others] : [[...fresh, ...others]];
    for (const command of commands) {
      marked += (await connection.workflows.bulkWrite(command, options)).matchedCount;
      if (marked >= byHome.size) return [];
    }
    if (isLast) break;
    await pause(Math.min(longestPause, 4 * attempt) * (0.5 + Math.random()));
  }
  return fwIds;
}

/** Programs of ours have a Workflow for some milliseconds; what is locked by others may be so for minutes. */
async function areSomeOurs({ workflows }: MongoConnection, ids: string[]): Promise<boolean> {
  const ours = { _id: { $in: ids.map((id) => new ObjectId(id)) }, locked: /^skyrocket:/ };
  return (await workflows.findOne(ours, { projection: { _id: 1 } })) !== null;
}

/** Ways to mark Fireworks of one Workflow, of which at most one matches, and none when they are marked. */
function runningOperations(
  { homes }: MongoConnection,
  { home, ids, now }: { home: string; ids: FwId[]; now: Timestamp },
): { fresh: AnyBulkWriteOperation<Document>; others: AnyBulkWriteOperation<Document>[] } {
  const updateOf = areMany(ids.length)
    ? (set: Document) => [
        { $set: { ...mergedStates(new Map(ids.map((id) => [`${id}`, 'RUNNING']))), ...set } },
      ]
    : (set: Document) => ({
        $set: { ...Object.fromEntries(ids.map((id) => [`fw_states.${id}`, 'RUNNING'])), ...set },
      });
  const unmarked = {
    _id: new ObjectId(home),
    locked: { $exists: false },
    [`fw_states.${ids[0]}`]: { $ne: 'RUNNING' },
  };
  const updated_on = dateOf(now);
  const operation = (more: Document, set: Document) => ({
    updateOne: { filter: { ...unmarked, ...more }, update: updateOf(set) },
  });
  const begun = { state: { $nin: ['READY', 'RESERVED'] } };
  const fresh = operation({ state: { $in: ['READY', 'RESERVED'] } }, { updated_on, state: 'RUNNING' });
  if (!isLarge(homes.sizeOf(home))) return { fresh, others: [operation(begun, { updated_on })] };
  const isRecent = { $gte: dateOf(recentBefore(now)) };
  const { locked, ...more } = unmarked;
  // Beside ends of others the state of the Workflow is theirs, and stays RUNNING.
  const besideEnds = { locked: forEndsOnly, state: 'RUNNING' };
  return {
    fresh,
    others: [
      {
        updateOne: {
          filter: { ...more, $or: [{ locked, ...begun, updated_on: isRecent }, besideEnds] },
          update: updateOf({}),
        },
      },
      operation({ ...begun, updated_on: { $not: isRecent } }, { updated_on }),
    ],
  };
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

/**
 * When many report to a Workflow it is locked most of the time. Who gives up needs the lock himself, so that it pays to
 * wait: for about half a second.
 */
const patientAttempts = 16;
const longestPause = 60;
const looksEvery = 4;
