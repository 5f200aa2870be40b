import { afterAll, beforeAll } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import type { CommandStartedEvent } from 'mongodb';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';

/** A launchpad in a database of a mongod of its own, whose commands are heard. */
export interface OverheardSite {
  mongod: MongodProcess;
  connection: MongoConnection;
  launchpad: LaunchPad;
  /** Names of the commands that were sent. */
  sent: string[];
}

/** One for all tests of a file. @returns what gives it while tests run */
export function overheardLaunchPad(database: string): () => OverheardSite {
  let opened: OverheardSite | null = null;

  beforeAll(async () => {
    const mongod = await startMongod();
    const settings = mongoSettings(mongod, database);
    const connection = await connect({ ...settings, options: { monitorCommands: true } });
    const sent: string[] = [];
    connection.client.on('commandStarted', ({ commandName }: CommandStartedEvent) => sent.push(commandName));
    opened = { mongod, connection, sent, launchpad: storeLaunchPad(mongoStore(connection), longLeases) };
  }, 120_000);

  afterAll(async () => {
    await opened?.launchpad.close();
    await opened?.mongod.stop();
  });

  return () => {
    if (!opened) throw new Error('mongod has not been started');
    return opened;
  };
}
