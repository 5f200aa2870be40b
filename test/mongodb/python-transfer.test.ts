import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { databasePicture } from './document-pictures.ts';
import { type PythonSide, startPythonSide } from './python-side.ts';

/** `lpad export` and `lpad import` from a database of Python FireWorks to a file of ours and back. */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const workflow = {
  name: 'campaign',
  metadata: { tag: 't', cutoff: 4.5 },
  fws: [-1, -2, -3, -4].map((fw_id) => ({
    ...{ fw_id, name: `firework ${fw_id}` },
    spec: { _tasks: [task], x: 1.5, n: 7, list: [1, 'two', null], nested: { '10': true } },
  })),
  links: { '-1': [-2, -3], '-2': [-4], '-3': [-4] },
};
const action = {
  ...{ stored_data: { energy: -1.25 }, exit: false, update_spec: { passed: [1] }, mod_spec: [] },
  ...{ additions: [], detours: [], defuse_children: false },
};

describe('a database of Python FireWorks', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
  }, patiently);
  const sides: PythonSide[] = [];
  const pythonIn = async (database: string) => {
    const side = await startPythonSide(mongo().uri, database);
    sides.push(side);
    return side;
  };
  afterAll(async () => {
    await Promise.all(sides.map((side) => side.close()));
    await client?.close();
    await mongod?.stop();
  }, patiently);

  const mongo = (): { uri: string; client: MongoClient } => {
    if (!mongod || !client) throw new Error('mongod has not been started');
    return { uri: mongod.uri, client };
  };

  /** The launchpad file of a database. */
  const place = (site: Site, database: string) =>
    site.write(`${database}.yaml`, `host: ${mongo().uri}\nname: ${database}\nuri_mode: true\n`);

  it(
    'goes into a file of ours and from there into another database, as it was, and Python goes on with it',
    async () => {
      const { client: driver } = mongo();
      const python = await pythonIn('first');
      await python.ask({ do: 'reset' });
      const ids = new Map<number, number>(
        JSON.parse(JSON.stringify(await python.ask({ do: 'add', workflow }))),
      );
      await python.ask({ do: 'run', fw_id: ids.get(-1), action, state: 'COMPLETED' });
      await python.ask({ do: 'run', fw_id: ids.get(-2), action, state: 'FIZZLED' });
      await python.ask({ do: 'rerun', fw_id: ids.get(-2) });
      await python.ask({ do: 'run', fw_id: ids.get(-3), action, state: 'COMPLETED' });
      const site = newSite();
      const [first, second] = [place(site, 'first'), place(site, 'second')];
      for (const words of [
        ['-l', first, 'export', 'first.jsonl'],
        ['import', 'first.jsonl'],
        ['export', 'ours.jsonl'],
        ['-l', second, 'import', 'ours.jsonl'],
      ]) {
        expect((await site.run('lpad', ...words)).code).toBe(0);
      }
      expect(await databasePicture(driver.db('second'))).toEqual(await databasePicture(driver.db('first')));
      expect(await site.ask('-l', second, 'import', 'ours.jsonl')).toEqual({ kept: 0, mapped: 0, known: 1 });
      expect(await site.ask('-l', second, 'check')).toMatchObject({ findings: [] });
      const heir = await pythonIn('second');
      expect(await heir.ask({ do: 'run_many', worker: 'p', limit: 9 })).toEqual([ids.get(-2), ids.get(-4)]);
      expect(await driver.db('second').collection('workflows').distinct('state')).toEqual(['COMPLETED']);
    },
    patiently,
  );

  it(
    'keeps an action that is larger than a document in GridFS on every way, and Python reads it there',
    async () => {
      const { client: driver } = mongo();
      const python = await pythonIn('large');
      await python.ask({ do: 'reset' });
      const ids = new Map<number, number>(
        JSON.parse(JSON.stringify(await python.ask({ do: 'add', workflow }))),
      );
      const stored_data = { text: 'x'.repeat(17 * 1024 * 1024), energy: -1.25 };
      const large = { ...action, stored_data };
      await python.ask({ do: 'run', fw_id: ids.get(-1), action: large, state: 'COMPLETED' });
      const site = newSite();
      const [from, kept, mapped] = [place(site, 'large'), place(site, 'kept'), place(site, 'mapped')];
      // Where the ids are in use, they are mapped.
      const occupant = await pythonIn('mapped');
      await occupant.ask({ do: 'reset' });
      await occupant.ask({ do: 'add', workflow });
      for (const words of [
        ['-l', from, 'export', 'large.jsonl'],
        ['-l', kept, 'import', 'large.jsonl'],
        ['-l', mapped, 'import', 'large.jsonl'],
      ]) {
        expect((await site.run('lpad', ...words)).code).toBe(0);
      }
      for (const [database, reader] of [
        ['kept', await pythonIn('kept')],
        ['mapped', occupant],
      ] as const) {
        const launch = await driver.db(database).collection('launches').findOne({ state: 'COMPLETED' });
        expect(Object.keys(launch?.action)).toEqual(['gridfs_id']);
        const read = await reader.ask({ do: 'action_of', launch_id: launch?.launch_id });
        expect(read).toMatchObject(large);
        const words = ['-l', place(site, database), 'get_fws', '-s', 'COMPLETED', '-d', 'all'];
        expect(await site.ask(...words)).toMatchObject({ launches: [{ action: { stored_data } }] });
      }
    },
    patiently,
  );

  it(
    'is looked after by lpad admin maintain: what a Python worker left RUNNING is FIZZLED, what lives is not',
    async () => {
      const { client: driver } = mongo();
      const python = await pythonIn('third');
      await python.ask({ do: 'reset' });
      const ids = new Map<number, number>(
        JSON.parse(JSON.stringify(await python.ask({ do: 'add', workflow }))),
      );
      const launch = await python.ask({ do: 'start', fw_id: ids.get(-1) });
      const site = newSite();
      const third = place(site, 'third');
      const state = async () =>
        (await driver.db('third').collection('fireworks').findOne({ name: 'firework -1' }))?.state;
      expect((await site.run('lpad', '-l', third, 'admin', 'maintain')).code).toBe(0);
      expect(await state()).toBe('RUNNING');
      const silent = { 'state_history.$.updated_on': '2024-01-01T00:00:00.000000+00:00' };
      await driver
        .db('third')
        .collection('launches')
        .updateOne({ launch_id: launch, 'state_history.state': 'RUNNING' }, { $set: silent });
      expect(await site.ask('-l', third, 'detect_lostruns')).toMatchObject({ lost_launches: 1, lost_fws: 1 });
      expect((await site.run('lpad', '-l', third, 'admin', 'maintain')).code).toBe(0);
      expect(await state()).toBe('FIZZLED');
    },
    patiently,
  );
});
