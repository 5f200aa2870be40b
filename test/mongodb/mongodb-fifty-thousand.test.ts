import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { patiently } from '../programs/site.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

const count = 50_000;

/** A first one, for which all others but one wait, and one that waits for all those. */
function diamond() {
  const middle = Array.from({ length: count - 2 }, (_, before) => before + 2);
  const spec = { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] };
  return {
    name: 'diamond',
    fws: [
      { fw_id: 1, name: 'first', spec },
      ...middle.map((fw_id) => ({ fw_id, name: 'middle', spec })),
      { fw_id: count, name: 'last', spec },
    ],
    links: { 1: middle, ...Object.fromEntries(middle.map((id) => [id, [count]])) },
    metadata: {},
  };
}

describe('a Workflow of 50,000 Fireworks', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let skyrocket: SkyrocketSide;
  let db: Db;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    db = client.db('large');
    skyrocket = await startSkyrocketSide(mongod.uri, 'large');
  }, patiently);
  afterAll(async () => {
    await skyrocket?.close();
    await client?.close();
    await mongod?.stop();
  });

  const states = async () => {
    const counted = await db
      .collection('fireworks')
      .aggregate([{ $sortByCount: '$state' }])
      .toArray();
    return Object.fromEntries(counted.map(({ _id, count: of }) => [_id, of]));
  };

  const copies = async () => {
    const workflow = await db.collection('workflows').findOne({});
    const counted = new Map<string, number>();
    for (const state of Object.values(workflow?.fw_states))
      counted.set(String(state), (counted.get(String(state)) ?? 0) + 1);
    return { state: workflow?.state, locked: workflow?.locked, ...Object.fromEntries(counted) };
  };

  it(
    'is added, run, rerun in part, and run to its end, and all that is told of it agrees',
    async () => {
      const ids = await skyrocket.add(diamond());
      expect(new Set(ids).size).toBe(count);
      expect(await skyrocket.runMany(500)).toHaveLength(count);
      expect(await states()).toEqual({ COMPLETED: count });
      expect(await copies()).toEqual({ state: 'COMPLETED', COMPLETED: count });

      const [last] = await db.collection('fireworks').find({ name: 'last' }).toArray();
      const [one] = await db.collection('fireworks').find({ name: 'middle' }).skip(1000).limit(1).toArray();
      await skyrocket.launchpad.rerun({ key: 'rerun', fwIds: [fwId(one?.fw_id)] });
      expect(await states()).toEqual({ COMPLETED: count - 2, READY: 1, WAITING: 1 });
      expect(await copies()).toEqual({ state: 'RUNNING', COMPLETED: count - 2, READY: 1, WAITING: 1 });
      expect(await skyrocket.runMany(500)).toEqual([one?.fw_id, last?.fw_id]);
      expect(await copies()).toEqual({ state: 'COMPLETED', COMPLETED: count });
    },
    patiently,
  );
});
