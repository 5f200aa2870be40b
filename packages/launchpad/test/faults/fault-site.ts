import { afterAll, beforeAll, expect } from '@jest/globals';
import {
  connect,
  type MongoConnection,
  type MongoSettings,
} from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { timestamp } from '@skyrocket/model/timestamp';
import { type Death, type DyingConnection, dyingConnection } from '../dying-connection.ts';
import { mongoSettings } from '../mongo-settings.ts';
import { type MongodProcess, startMongod } from '../mongod-process.ts';
import type { Operation, World } from './operations.ts';

/** A database, a program that works on it and dies, and one that survives. */
export interface FaultSite {
  /** The survivor's; by its clock all locks of programs that died have ended. */
  connection: MongoConnection;
  world: World;
  /** Empties the database and prepares an operation. */
  prepare(operation: Operation): Promise<void>;
  /** Another program does something and dies at one of its writes. @returns false when it came to its end */
  die(at: Death, deed: (world: World) => Promise<unknown>, clock?: Clock): Promise<boolean>;
  /**
   * A program does something, is cut off from the database at one of its writes, and does the same again as soon as it
   * reaches it. Its locks last for an hour. @returns false when it was not cut off
   */
  beCutOff(at: Death, deed: (world: World) => Promise<unknown>): Promise<boolean>;
}

/** Locks last a minute. `later`: by it the locks of those who died now have ended. */
export type Clock = 'now' | 'later';

/** One for all tests of the file that calls this. */
export function faultSite(database: string): () => FaultSite {
  let opened: { mongod: MongodProcess; site: FaultSite } | null = null;
  beforeAll(async () => {
    const mongod = await startMongod();
    const connection = await connect(mongoSettings(mongod, database));
    opened = { mongod, site: siteOf({ ...connection, ...hoursLater(2) }, mongod) };
  }, 120_000);
  afterAll(async () => {
    await opened?.site.world.store.close();
    await opened?.mongod.stop();
  });
  return () => {
    if (!opened) throw new Error('mongod has not been started');
    return opened.site;
  };
}

/** A connection by whose clock it is later. */
export const hoursLater = (hours: number) => ({
  now: () => timestamp(Date.now() + hours * 3_600_000),
  setClock: async () => {},
});

function siteOf(connection: MongoConnection, mongod: MongodProcess): FaultSite {
  const world = worldOf(connection);
  return {
    connection,
    world,
    async prepare(operation) {
      await world.store.reset({ key: crypto.randomUUID() });
      connection.homes.forget();
      connection.witnesses.forget();
      // By the usual clock: what others did before is not of the future.
      await operation.prepare(worldOf({ ...connection, now: () => timestamp(Date.now()) }));
    },
    async die(at, deed, clock = 'now') {
      const wire = await dyingConnection(mongod.port);
      const mortal = await connectThrough(wire, connection.settings);
      try {
        return await isStopped(wire, at, () =>
          deed(worldOf(clock === 'now' ? mortal : { ...mortal, ...hoursLater(1) })),
        );
      } finally {
        await wire.close();
        await mortal.client.close();
      }
    },
    async beCutOff(at, deed) {
      const wire = await dyingConnection(mongod.port);
      const program = await connectThrough(wire, { ...connection.settings, lockSeconds: 3600 });
      const programWorld = worldOf(program);
      try {
        const isCut = await isStopped(wire, at, () => deed(programWorld));
        wire.restore();
        if (isCut) {
          await untilReached(program);
          await deed(programWorld);
        }
        return isCut;
      } finally {
        await program.client.close();
        await wire.close();
      }
    },
  };
}

/** A program that is cut off soon finds out; so does one that a busy machine keeps waiting for its first answer. */
async function connectThrough(wire: DyingConnection, settings: MongoSettings): Promise<MongoConnection> {
  const uri = `mongodb://127.0.0.1:${wire.port}/?directConnection=true`;
  const options = { serverSelectionTimeoutMS: 60, minHeartbeatFrequencyMS: 20 };
  for (;;) {
    try {
      return await connect({ ...settings, uri, options });
    } catch (error) {
      if (!isSkyrocketError(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
    }
  }
}

/** What a program does when it opens a database has been done by then. */
async function isStopped(wire: DyingConnection, at: Death, deed: () => Promise<unknown>): Promise<boolean> {
  wire.dieAt(at);
  try {
    await deed();
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    return true;
  }
}

/** What reaches the database first is no call of the store, which would end what was left. */
async function untilReached({ db }: MongoConnection): Promise<void> {
  for (let isReached = false; !isReached; ) {
    isReached = await db.command({ ping: 1 }).then(
      () => true,
      () => false,
    );
  }
}

/** A program on a database. */
export function worldOf(connection: MongoConnection): World {
  const store = mongoStore(connection);
  return { store, launchpad: storeLaunchPad(store) };
}

/** Finishes what crashes have left. */
export async function doUpkeep({ store }: World): Promise<void> {
  const fwIds = await store.unfinished();
  if (fwIds.length === 0) return;
  await store.decide({ key: null, seeds: { fwIds, launchIds: [] }, answer: () => '' }, (view) =>
    refreshFireworks(view.neighbourhood, { fwIds }),
  );
}

export const sameAs = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
