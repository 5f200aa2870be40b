import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchId } from '@skyrocket/model/ids';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

const task = { _fw_name: 'ScriptTask', script: 'true' };
const width = 500;
const ids = Array.from({ length: width + 1 }, (_, index) => -1 - index);
const join = ids[width] ?? 0;
const fanIn = {
  name: 'fan-in',
  metadata: {},
  fws: ids.map((fw_id) => ({ fw_id, name: `firework ${fw_id}`, spec: { _tasks: [task] } })),
  links: Object.fromEntries(ids.slice(0, width).map((id) => [id, [join]])),
};

describe('many workers at one Workflow', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  const workers: SkyrocketSide[] = [];

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
  }, 120_000);
  afterAll(async () => {
    for (const worker of workers) await worker.close();
    await client?.close();
    await mongod?.stop();
  });

  it('tell 500 ends at the same moment, each with a call of its own, and none is lost', async () => {
    if (!mongod || !client) throw new Error('mongod has not been started');
    for (let n = 0; n < 16; n++) workers.push(await startSkyrocketSide(mongod.uri, 'crowd', `w${n}`));
    const [first] = workers;
    const stored = (await first?.add(fanIn)) ?? [];
    const roots = [...stored].sort((a, b) => b - a).slice(0, width);
    const started: { worker: SkyrocketSide; launch: LaunchId }[] = [];
    for (const [n, id] of roots.entries()) {
      const worker = workers[n % workers.length];
      if (worker) started.push({ worker, launch: await worker.start(id) });
    }
    const outcomes = await Promise.all(started.map(({ worker, launch }) => worker.complete(launch)));
    expect(new Set(outcomes)).toEqual(new Set(['applied']));
    const db = client.db('crowd');
    const [workflow] = await db.collection('workflows').find({}).toArray();
    const counts = new Map<unknown, number>();
    for (const state of Object.values(workflow?.fw_states)) counts.set(state, (counts.get(state) ?? 0) + 1);
    expect(counts).toEqual(
      new Map<unknown, number>([
        ['COMPLETED', width],
        ['READY', 1],
      ]),
    );
    expect(workflow).toMatchObject({ state: 'RUNNING' });
    expect(workflow).not.toHaveProperty('locked');
    expect(await db.collection('fireworks').countDocuments({ state: 'COMPLETED' })).toBe(width);
  }, 180_000);
});
