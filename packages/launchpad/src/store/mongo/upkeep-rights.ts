import { randomUUID } from 'node:crypto';
import type { FwId } from '@skyrocket/model/ids';
import type { Document } from 'mongodb';
import { isGoneHere } from '../holder-process.ts';
import type { TakeUpkeep } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { duplicateKey, isServerError } from './mongo-errors.ts';

// Who has the right to do upkeep, and since when the launchpad is watched; by the database's own clock.

export async function takeUpkeep(
  { meta }: MongoConnection,
  { holder, process, seconds, notWithinSeconds = 0 }: TakeUpkeep,
): Promise<boolean> {
  const until = { $add: ['$$NOW', { $literal: seconds * 1000 }] };
  const mine: Document[] = [
    { $set: { holder: { $literal: holder }, process: { $literal: process }, until } },
  ];
  // Since it was given back, or ran out.
  const restUntil = { $add: ['$until', { $literal: notWithinSeconds * 1000 }] };
  const free = { $or: [{ holder }, { $expr: { $lte: [restUntil, '$$NOW'] } }] };
  if ((await meta.updateOne({ _id: 'upkeep', ...free }, mine)).matchedCount === 1) return true;
  try {
    const inserted = await meta.updateOne({ _id: 'upkeep', holder }, mine, { upsert: true });
    return inserted.matchedCount + inserted.upsertedCount === 1;
  } catch (error) {
    if (!isServerError(error, duplicateKey)) throw error;
  }
  // It is there, and another's.
  const held = await meta.findOne({ _id: 'upkeep' });
  if (!held || !isHolderGone(held)) return false;
  const gone = { _id: 'upkeep', holder: held.holder, until: held.until, $expr: { $gt: ['$until', '$$NOW'] } };
  return (await meta.updateOne(gone, mine)).matchedCount === 1;
}

function isHolderGone({ process }: Document): boolean {
  const { host, pid, processStart } = process ?? {};
  return isGoneHere({ host: String(host), pid: Number(pid), processStart: String(processStart) });
}

export async function leaveUpkeep({ meta }: MongoConnection, holder: string): Promise<void> {
  await meta.updateOne({ _id: 'upkeep', holder }, [{ $set: { until: '$$NOW' } }]);
}

/** Notes that somebody looks. @returns for how many seconds that was done without a longer gap */
export async function watch({ meta }: MongoConnection, maxGapSeconds: number): Promise<number> {
  const gap = { $subtract: ['$$NOW', { $ifNull: ['$last_look', new Date(0)] }] };
  // A clock that was set back is a gap too.
  const unbroken = { $and: [{ $gte: [gap, 0] }, { $lte: [gap, { $literal: maxGapSeconds * 1000 }] }] };
  const update: Document[] = [
    { $set: { since: { $cond: [unbroken, { $ifNull: ['$since', '$$NOW'] }, '$$NOW'] } } },
    { $set: { last_look: '$$NOW' } },
  ];
  const look = await meta.findOneAndUpdate({ _id: 'watch' }, update, {
    upsert: true,
    returnDocument: 'after',
  });
  const [since, now]: unknown[] = [look?.since, look?.last_look];
  return since instanceof Date && now instanceof Date ? (now.getTime() - since.getTime()) / 1000 : 0;
}

/** @returns how many different workers could not import the task of this Firework */
export async function noteImportFailure(
  { importFailures }: MongoConnection,
  { fwId, task, worker }: { fwId: FwId; task: string; worker: string },
): Promise<number> {
  await importFailures.updateOne(
    { fw_id: fwId, task, worker },
    { $setOnInsert: { _id: randomUUID() } },
    { upsert: true },
  );
  return importFailures.countDocuments({ fw_id: fwId, task });
}
