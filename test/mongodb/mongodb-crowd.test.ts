import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import {
  buildProgram,
  type RunningProgram,
  runProgram,
} from '../../packages/launchpad/test/programs/build-program.ts';
import { startSkyrocketSide } from './skyrocket-side.ts';

const task = { _fw_name: 'ScriptTask', script: 'true' };
const width = 500;
const processes = 16;
const ids = Array.from({ length: width + 1 }, (_, index) => -1 - index);
const last = ids[width] ?? 0;
const fanIn = {
  name: 'fan-in',
  metadata: {},
  fws: ids.map((fw_id) => ({ fw_id, name: `firework ${fw_id}`, spec: { _tasks: [task] } })),
  links: Object.fromEntries(ids.slice(0, width).map((id) => [id, [last]])),
};

describe('many processes at one Workflow', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let program = '';
  const workers: RunningProgram[] = [];

  beforeAll(async () => {
    program = await buildProgram('finishing-worker', undefined, join(import.meta.dirname, 'programs'));
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
  }, 120_000);
  afterAll(async () => {
    for (const worker of workers) worker.kill();
    await rm(program, { force: true });
    await client?.close();
    await mongod?.stop();
  });

  it('tell 500 ends at the same moment, by 64 calls at once: none is lost, and none meets a lock', async () => {
    if (!mongod || !client) throw new Error('mongod has not been started');
    const { uri } = mongod;
    const site = await startSkyrocketSide(uri, 'crowd', 'user');
    await site.add(fanIn);
    await site.close();
    for (let n = 0; n < processes; n++) {
      const share = Math.ceil((width - n) / processes);
      workers.push(runProgram(program, [uri, 'crowd', `w${n}`, String(share)]));
    }
    const deadline = Date.now() + 120_000;
    while (workers.some(({ lines }) => lines.length === 0)) {
      if (Date.now() > deadline) throw new Error('the workers did not start theirs within two minutes');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const worker of workers) worker.say('now');
    const ends = await Promise.all(workers.map(({ ended }) => ended));
    expect(ends.map(({ status, errors }) => [status, errors])).toEqual(Array(processes).fill([0, '']));
    const outcomes = ends.flatMap(({ lines }) => lines.slice(1)).flat();
    expect(tally(outcomes)).toEqual(new Map([['applied', width]]));

    const db = client.db('crowd');
    const [workflow] = await db.collection('workflows').find({}).toArray();
    const states = Object.values(workflow?.fw_states);
    expect(tally(states)).toEqual(
      new Map([
        ['COMPLETED', width],
        ['READY', 1],
      ]),
    );
    expect(workflow).toMatchObject({ state: 'RUNNING' });
    expect(workflow).not.toHaveProperty('locked');
    expect(await db.collection('fireworks').countDocuments({ state: 'COMPLETED' })).toBe(width);
    expect(await db.collection('launches').countDocuments({ state: 'COMPLETED' })).toBe(width);
  }, 180_000);
});

/** How often there is what. */
function tally(values: unknown[]): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
