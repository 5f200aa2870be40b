import type { FwId } from '@skyrocket/model/ids';
import { ObjectId } from 'mongodb';
import type { MaintenanceStore } from '../maintenance-store.ts';
import type { MongoConnection } from './connection.ts';
import { countByPeriod } from './count-by-period.ts';
import { findHomes } from './find-homes.ts';
import { importWorkflows } from './import-workflows.ts';
import { ensureIndexes } from './indexes.ts';
import { inspect } from './inspect.ts';
import { isDead, lockFurther, newLock, ownToken } from './locks.ts';
import { deleteOrphans, findOrphans } from './orphans.ts';
import { reconcile } from './reconcile.ts';
import { recover, settleIntents } from './recovery.ts';
import { findSilentLaunches, findStaleReservations } from './silent-launches.ts';
import type { Turns } from './turns.ts';
import { endedButRunning } from './unfinished.ts';

/** Maintenance of a FireWorks database. */
export function mongoMaintenance(
  connection: MongoConnection,
  { turns, told }: { turns: Turns; told: <T>(call: () => Promise<T>) => Promise<T> },
): MaintenanceStore {
  return {
    countByPeriod: (request) => told(async () => ({ counts: await countByPeriod(connection, request) })),
    findSilentLaunches: (request) => told(() => findSilentLaunches(connection, request)),
    findStaleReservations: (request) => told(() => findStaleReservations(connection, request)),
    findInconsistent: () => told(() => endedButRunning(connection)),
    findOrphans: () => told(() => findOrphans(connection)),
    deleteOrphans: ({ fwIds }) => told(() => deleteOrphans(connection, fwIds)),
    unlock: ({ fwIds }) => told(async () => ({ unlocked: await unlock(connection, fwIds) })),
    tuneUp: ({ extent }) => told(async () => ({ done: await tuneUp(connection, extent) })),
    inspect: () => told(() => inspect(connection)),
    importWorkflows: (request) =>
      told(async () => ({ results: await importWorkflows(connection, turns, request) })),
  };
}

/**
 * Takes locks off that nobody will, and ends what their holders had begun; also where another program has taken the lock
 * off before. A living owner of ours is left alone, since its lock ends within a minute.
 */
async function unlock(connection: MongoConnection, fwIds: FwId[]): Promise<FwId[]> {
  const named = new Map<string, FwId>();
  for (const [id, home] of await findHomes(connection, fwIds)) if (!named.has(home)) named.set(home, id);
  const unlocked: FwId[] = [];
  for (const [home, id] of named) if (await breakLock(connection, new ObjectId(home))) unlocked.push(id);
  await settleIntents(connection);
  for (const home of named.keys()) {
    const lock = newLock(connection, []);
    if (await lockFurther(connection, lock, [new ObjectId(home)])) await reconcile(connection, lock);
  }
  return unlocked;
}

async function breakLock(connection: MongoConnection, _id: ObjectId): Promise<boolean> {
  const workflow = await connection.workflows.findOne(
    { _id, locked: { $exists: true } },
    { projection: { locked: 1 } },
  );
  if (!workflow) return false;
  const ours = ownToken(workflow.locked);
  if (ours === null) {
    const seen = { _id, locked: workflow.locked };
    return (await connection.workflows.updateOne(seen, { $unset: { locked: '' } })).modifiedCount === 1;
  }
  if (!isDead(connection, ours)) return false;
  await recover(connection, ours, [_id]);
  return true;
}

async function tuneUp({ db, settings }: MongoConnection, extent: 'indexes' | 'full'): Promise<string[]> {
  await ensureIndexes(db, settings);
  const done = ['all indexes are there'];
  if (extent === 'indexes') return done;
  for (const collection of ['fireworks', 'launches']) {
    await db.command({ compact: collection, force: true });
    done.push(`unused space of ${collection} was given back`);
  }
  return done;
}
