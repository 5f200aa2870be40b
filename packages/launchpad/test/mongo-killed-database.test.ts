import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { lockWorkflows, makeOrdinary } from '@skyrocket/launchpad/store/mongo/locks';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { independent } from './store-contract/samples.ts';
import { add } from './store-contract/steps.ts';

/** The holder of a lock lives on, and does not know that its database has been killed and started again. */
describe('a mongod that is killed while a Workflow is locked', () => {
  const dbpath = mkdtempSync(join(tmpdir(), 'skyrocket-killed-'));
  let mongod: MongodProcess | null = null;
  let connection: MongoConnection | null = null;

  afterEach(async () => {
    await connection?.client.close();
    await mongod?.stop();
    rmSync(dbpath, { recursive: true, force: true });
  });

  async function killedAndStarted(first: MongodProcess): Promise<void> {
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    mongod = await startMongod('--dbpath', dbpath, '--port', String(first.port));
  }

  const nobody = async () => {};

  it('comes back with the lock, however it was taken', async () => {
    const first = await startMongod('--dbpath', dbpath);
    mongod = first;
    const opened = await connect(mongoSettings(first, 'killed'));
    connection = opened;
    await add(mongoStore(opened), independent(2));
    const [workflow] = await opened.workflows.find({}).toArray();
    const workflows = [String(workflow?._id)];
    const projection = { state: 1 };
    const sight = { projection, paths: new Set<string>() };
    for (const how of [{}, { sight }, { use: 'ends' as const }]) {
      const lock = await lockWorkflows(opened, { workflows, ...how }, nobody);
      if (lock.use === 'ends') await makeOrdinary(opened, lock);
      await killedAndStarted(mongod ?? first);
      const locked = await opened.workflows.findOne({}, { projection: { locked: 1 } });
      expect({ how, locked: locked?.locked }).toEqual({ how, locked: lock.token });
      await opened.workflows.updateOne({}, { $unset: { locked: '' } });
    }
  });
});
