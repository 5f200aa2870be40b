import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

const task = { _fw_name: 'ScriptTask', script: 'true' };

/** Groups of Fireworks, each waiting for all of the one before. */
function layers(count: number, width: number) {
  const id = (layer: number, index: number) => -1 - (layer * width + index);
  const fws = Array.from({ length: count * width }, (_, index) => ({
    fw_id: -1 - index,
    name: `firework ${index}`,
    spec: { _tasks: [task] },
  }));
  const links: Record<string, number[]> = {};
  for (let layer = 0; layer + 1 < count; layer++) {
    // One Firework of a layer joins it, and frees the next.
    for (let index = 1; index < width; index++) links[id(layer, index)] = [id(layer + 1, 0)];
    links[id(layer, 0)] = Array.from({ length: width - 1 }, (_, index) => id(layer, index + 1));
  }
  return { name: 'layers', metadata: {}, fws, links };
}

/** What is left of a run: every Firework ran once, and everything says so. */
async function traces(db: Db) {
  const launches = await db.collection('launches').find({}).toArray();
  const held = launches.filter((one) => one.state !== 'RESERVED');
  const workflows = await db.collection('workflows').find({}).toArray();
  return {
    fireworks: await db.collection('fireworks').countDocuments({ state: 'COMPLETED' }),
    launches: held.length,
    different: new Set(held.map((one) => one.fw_id)).size,
    states: [...new Set(held.map((one) => one.state))],
    workflows: workflows.map((one) => [one.state, one.locked, [...new Set(Object.values(one.fw_states))]]),
  };
}

const allDone = (fireworks: number) => ({
  ...{ fireworks, launches: fireworks, different: fireworks, states: ['COMPLETED'] },
  workflows: [['COMPLETED', undefined, ['COMPLETED']]],
});

describe('a mongod that is killed in the middle of a run, and started again', () => {
  const dbpath = mkdtempSync(join(tmpdir(), 'skyrocket-outage-'));
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  const workers: SkyrocketSide[] = [];

  beforeAll(async () => {
    mongod = await startMongod('--dbpath', dbpath);
    client = await MongoClient.connect(mongod.uri);
  }, 120_000);
  afterAll(async () => {
    for (const worker of workers) await worker.close();
    await client?.close();
    await mongod?.stop();
    rmSync(dbpath, { recursive: true, force: true });
  });

  it('loses nothing that was acknowledged: 2,000 Fireworks run once each, and their results are applied once', async () => {
    if (!mongod || !client) throw new Error('mongod has not been started');
    const { uri, port } = mongod;
    for (const name of ['a', 'b', 'c', 'd']) workers.push(await startSkyrocketSide(uri, 'outage', name));
    const db = client.db('outage');
    await workers[0]?.add(layers(10, 200));
    const running = Promise.all(workers.map(async (worker) => (await runAll(worker, db)).length));
    for (const done of [300, 1200]) {
      await until(
        async () => (await db.collection('launches').countDocuments({ state: 'COMPLETED' })) > done,
      );
      process.kill(mongod.pid, 'SIGKILL');
      await mongod.stop();
      mongod = await startMongod('--dbpath', dbpath, '--port', String(port));
    }
    const ran = await running;
    expect(ran.reduce((sum, count) => sum + count, 0)).toBe(2000);
    expect(await traces(db)).toEqual(allDone(2000));
  }, 400_000);
});

describe('a replica set whose primary steps down in the middle of a run', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  const workers: SkyrocketSide[] = [];

  beforeAll(async () => {
    mongod = await startMongod('--replica-set');
    client = await MongoClient.connect(mongod.uri);
  }, 120_000);
  afterAll(async () => {
    for (const worker of workers) await worker.close();
    await client?.close();
    await mongod?.stop();
  });

  it('loses nothing that was acknowledged, and runs nothing twice', async () => {
    if (!mongod || !client) throw new Error('mongod has not been started');
    for (const name of ['a', 'b', 'c', 'd'])
      workers.push(await startSkyrocketSide(mongod.uri, 'stepdown', name));
    const db = client.db('stepdown');
    await workers[0]?.add(layers(6, 100));
    const running = Promise.all(workers.map((worker) => runAll(worker, db)));
    await until(async () => (await db.collection('launches').countDocuments({ state: 'COMPLETED' })) > 150);
    // It ends all connections, this one among them; a set of one node elects the same again.
    await client
      .db('admin')
      .command({ replSetStepDown: 1, force: true })
      .catch(() => {});
    await running;
    await until(async () => (await traces(db)).fireworks === 600);
    expect(await traces(db)).toEqual(allDone(600));
  }, 300_000);
});

/** Goes on until all is done, since what another worker runs may free more. */
async function runAll(worker: SkyrocketSide, db: Db): Promise<number[]> {
  const ran: number[] = [];
  await until(async () => {
    ran.push(...(await worker.runMany(20)));
    return (await db.collection('workflows').countDocuments({ state: 'COMPLETED' })) === 1;
  });
  return ran;
}

/** Asks until the answer is yes; a database that does not answer is asked again. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('it did not come about within five minutes');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
