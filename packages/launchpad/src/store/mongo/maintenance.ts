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

/** Makes a call; what goes wrong is told in the launchpad's words. */
export type Told = <T>(call: (connection: MongoConnection) => Promise<T>) => Promise<T>;

/** Maintenance of a FireWorks database. */
export function mongoMaintenance(turns: Turns, told: Told): MaintenanceStore {
  return {
    countByPeriod: (request) =>
      told(async (connection) => ({ counts: await countByPeriod(connection, request) })),
    findSilentLaunches: (request) => told((connection) => findSilentLaunches(connection, request)),
    findStaleReservations: (request) => told((connection) => findStaleReservations(connection, request)),
    findInconsistent: () => told((connection) => endedButRunning(connection)),
    findOrphans: () => told((connection) => findOrphans(connection)),
    deleteOrphans: ({ fwIds }) => told((connection) => deleteOrphans(connection, fwIds)),
    unlock: ({ fwIds }) => told(async (connection) => ({ unlocked: await unlock(connection, fwIds) })),
    tuneUp: ({ extent }) => told(async (connection) => ({ done: await tuneUp(connection, extent) })),
    inspect: () => told((connection) => inspect(connection)),
    importWorkflows: (request) =>
      told(async (connection) => ({ results: await importWorkflows(connection, turns, request) })),
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
