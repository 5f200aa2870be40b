import { afterAll, beforeAll, describe } from '@jest/globals';
import { connect } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { launchPadContract } from './launchpad-contract/launchpad-contract.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { storeContract } from './store-contract/store-contract.ts';

// Each call waits for the disk of a server that may have other things to do.

for (const [kind, options] of [
  ['a standalone mongod', []],
  ['a replica set', ['--replica-set']],
] as const) {
  describe(kind, () => {
    let mongod: MongodProcess | null = null;
    beforeAll(async () => {
      mongod = await startMongod(...options);
    }, 120_000);
    afterAll(async () => {
      await mongod?.stop();
    });

    /** Making the indexes of a new database takes longer than most tests; so each test gets the same one, emptied. */
    const open = async (): Promise<Store> => {
      const connection = await connect(mongoSettings(mongod, 'contract'));
      await connection.tokens.deleteMany({});
      const store = mongoStore(connection);
      await store.reset({ key: crypto.randomUUID() });
      return store;
    };
    storeContract('MongoDB', open);
    launchPadContract('MongoDB', async (terms) => storeLaunchPad(await open(), terms));
  });
}
