import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  connect,
  type MongoConnection,
  type MongoSettings,
} from '@skyrocket/launchpad/store/mongo/connection';
import { lockWorkflows, makeOrdinary, unlock } from '@skyrocket/launchpad/store/mongo/locks';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { dyingConnection } from './dying-connection.ts';
import { doUpkeep, hoursLater, worldOf } from './faults/fault-site.ts';
import { operations } from './faults/operations.ts';
import { flaws, picture } from './faults/picture.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { independent } from './store-contract/samples.ts';
import { add } from './store-contract/steps.ts';

interface MortalDatabase {
  port(): number;
  open(name: string, settings?: Partial<MongoSettings>): Promise<MongoConnection>;
  killedAndStarted(): Promise<void>;
}

/** A mongod for the tests around, which may be killed. */
function mortalDatabase(): MortalDatabase {
  const dbpath = mkdtempSync(join(tmpdir(), 'skyrocket-killed-'));
  const opened: MongoConnection[] = [];
  let mongod: MongodProcess | null = null;
  const present = (): MongodProcess => {
    if (!mongod) throw new Error('mongod has not been started');
    return mongod;
  };
  beforeAll(async () => {
    mongod = await startMongod('--dbpath', dbpath);
  });
  afterAll(async () => {
    for (const { client } of opened) await client.close();
    await mongod?.stop();
    rmSync(dbpath, { recursive: true, force: true });
  });
  return {
    port: () => present().port,
    async open(name, settings = {}) {
      const connection = await connect({ ...mongoSettings(present(), name), ...settings });
      opened.push(connection);
      return connection;
    },
    async killedAndStarted() {
      const { pid, port, stop } = present();
      process.kill(pid, 'SIGKILL');
      await stop();
      mongod = await startMongod('--dbpath', dbpath, '--port', String(port));
    },
  };
}

/** The holder of a lock lives on, and does not know that its database has been killed and started again. */
describe('a mongod that is killed while a Workflow is locked', () => {
  const database = mortalDatabase();

  const nobody = async () => {};

  async function oneWorkflow(name: string): Promise<{ opened: MongoConnection; workflows: string[] }> {
    const opened = await database.open(name);
    await add(mongoStore(opened), independent(2));
    const [workflow] = await opened.workflows.find({}).toArray();
    return { opened, workflows: [String(workflow?._id)] };
  }

  it('comes back with the lock, however it was taken', async () => {
    const { opened, workflows } = await oneWorkflow('locked');
    const projection = { state: 1 };
    const sight = { projection, paths: new Set<string>() };
    for (const how of [{}, { sight }, { use: 'ends' as const }]) {
      const lock = await lockWorkflows(opened, { workflows, ...how }, nobody);
      if (lock.use === 'ends') await makeOrdinary(opened, lock);
      await database.killedAndStarted();
      const locked = await opened.workflows.findOne({}, { projection: { locked: 1 } });
      expect({ how, locked: locked?.locked }).toEqual({ how, locked: lock.token });
      await opened.workflows.updateOne({}, { $unset: { locked: '' } });
    }
  });

  it('comes back without a lock that was given back', async () => {
    const { opened, workflows } = await oneWorkflow('given_back');
    await unlock(opened, await lockWorkflows(opened, { workflows }, nobody));
    await database.killedAndStarted();
    expect(await opened.workflows.countDocuments({ locked: { $exists: true } })).toBe(0);
  });
});

/**
 * What was acknowledged last may be forgotten by then, if it was not yet to be durable. The program that wrote it lives on, and
 * hears of it late. Were it to go on with what it was about to write next, something would be missing for ever.
 */
describe('a mongod that is killed and started again between two writes of a call', () => {
  const database = mortalDatabase();
  const names = [
    'a claim',
    'a claim, a start and a report of Fireworks that are alone in their Workflows',
    'a claim, a start and a report of a Firework with children',
    'a recovery of what has run without a launchpad, each alone in its Workflow',
    'a report that edits specs and adds a detour',
  ];
  const some = operations.filter(({ name }) => names.includes(name));

  it.each(some)('is served as if nothing had happened: $name', async ({ name, prepare, perform }) => {
    const watching = await database.open('between');
    const world = worldOf(watching);
    const prepared = async () => {
      await world.store.reset({ key: crypto.randomUUID() });
      watching.homes.forget();
      watching.witnesses.forget();
      await prepare(world);
    };
    await prepared();
    await perform(world);
    const after = await picture(watching);
    let kills = 0;
    for (let write = 1; kills === write - 1; write++) {
      await prepared();
      const wire = await dyingConnection(database.port());
      try {
        const uri = `mongodb://127.0.0.1:${wire.port}/?directConnection=true`;
        const program = await database.open('between', { uri });
        wire.answerLate(write, async () => {
          kills += 1;
          await database.killedAndStarted();
        });
        await perform(worldOf(program));
      } finally {
        await wire.close();
      }
      // What has been carried out, but is still noted, is taken away by upkeep.
      await doUpkeep(worldOf({ ...watching, ...hoursLater(2) }));
      const moment = { name, write };
      expect({ moment, now: await picture(watching) }).toEqual({ moment, now: after });
      expect({ moment, flaws: await flaws(watching) }).toEqual({ moment, flaws: [] });
      expect({ moment, unnoted: await unnoted(watching) }).toEqual({ moment, unnoted: [] });
    }
    expect(kills).toBeGreaterThan(2);
  });
});

/** Launches that Fireworks hold and of which is not noted which agent holds them: nobody would give them back. */
async function unnoted({ fireworks, starts }: MongoConnection): Promise<number[]> {
  const held: number[] = await fireworks.distinct('launches', { state: { $in: ['RESERVED', 'RUNNING'] } });
  const noted = new Set((await starts.find({}).toArray()).map(({ _id }) => _id));
  return held.filter((id) => !noted.has(id));
}
