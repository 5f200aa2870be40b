import type { FwId } from '@skyrocket/model/ids';
import type { MaintenanceStore } from '../maintenance-store.ts';
import type { MongoConnection } from './connection.ts';
import { countByPeriod } from './count-by-period.ts';
import { findHomes } from './find-homes.ts';
import { importWorkflows } from './import-workflows.ts';
import { ensureIndexes } from './indexes.ts';
import { inspect } from './inspect.ts';
import { isDead, newLock, ownToken } from './locks.ts';
import { deleteOrphans, findOrphans } from './orphans.ts';
import { reconcile, recover } from './recovery.ts';
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

async function unlock(connection: MongoConnection, fwIds: FwId[]): Promise<FwId[]> {
  const unlocked: FwId[] = [];
  const homes = await findHomes(connection, fwIds);
  const seen = new Set<string>();
  for (const [id, home] of homes) {
    if (seen.has(home)) continue;
    seen.add(home);
    if (await breakLock(connection, home)) unlocked.push(id);
  }
  return unlocked;
}

/**
 * What the holder of a lock had begun may have left the copies of states behind: so the lock is taken over, and let go of
 * when they are right. A living owner of ours is left alone, since its lock ends within a minute.
 */
async function breakLock(connection: MongoConnection, home: string): Promise<boolean> {
  const lock = newLock(connection, [home]);
  const _id = { $in: lock.workflows };
  const workflow = await connection.workflows.findOne(
    { _id, locked: { $exists: true } },
    { projection: { locked: 1 } },
  );
  if (!workflow) return false;
  const ours = ownToken(workflow.locked);
  if (ours !== null) {
    if (!isDead(connection, ours)) return false;
    await recover(connection, ours);
    return true;
  }
  const taken = await connection.workflows.updateOne(
    { _id, locked: workflow.locked },
    { $set: { locked: lock.token } },
  );
  if (taken.modifiedCount === 0) return false;
  await reconcile(connection, lock);
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
