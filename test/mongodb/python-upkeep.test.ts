import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { processStart } from '@skyrocket/contract/process-identity';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds, readTimestamp, timestamp } from '@skyrocket/model/timestamp';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { type PythonSide, pythonWithFireWorks, startPythonSide } from './python-side.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/** The upkeep of one side meets the Launches of the other: FireWorks' own `lpad admin maintain`, and our lpad. */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const independent = (count: number) => ({
  ...{ name: 'independent', metadata: {}, links: {} },
  fws: Array.from({ length: count }, (_, n) => ({
    ...{ fw_id: -1 - n, name: `firework ${n}` },
    spec: { _tasks: [task] },
  })),
});
const minute = 60;
/** FireWorks' RUN_EXPIRATION_SECS and RESERVATION_EXPIRATION_SECS. */
const runExpiration = 4 * 60 * minute;
const reservationExpiration = 14 * 24 * 60 * minute;

describe('a database that both sides look after', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let skyrocket: SkyrocketSide;
  let python: PythonSide;
  let site: Site;
  let file = '';
  let db: Db;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    db = client.db('upkeep');
    skyrocket = await startSkyrocketSide(mongod.uri, 'upkeep');
    python = await startPythonSide(mongod.uri, 'upkeep');
    site = newSite();
    file = site.write('my_launchpad.yaml', `host: ${mongod.uri}\nname: upkeep\nuri_mode: true\n`);
  }, patiently);
  beforeEach(async () => {
    for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
  });
  afterAll(async () => {
    await skyrocket?.close();
    await python?.close();
    await client?.close();
    await mongod?.stop();
  }, patiently);

  /** Makes the newest entry of a Launch's history older, each of its moments in the form that it has. */
  async function age(launch: LaunchId, seconds: number) {
    const stored = await db.collection('launches').findOne({ launch_id: launch });
    const history: Record<string, unknown>[] = stored?.state_history;
    const last = history.at(-1) ?? {};
    for (const name of ['created_on', 'updated_on']) last[name] = older(last[name], seconds);
    await db.collection('launches').updateOne({ launch_id: launch }, { $set: { state_history: history } });
  }

  const stateOf = async (launch: LaunchId) =>
    (await db.collection('fireworks').findOne({ launches: launch }))?.state;

  it(
    "leaves what our workers run alone, as long as their heartbeats come: Python's lpad admin maintain FIZZLES only what is silent",
    async () => {
      await skyrocket.add(independent(3));
      const [young, heardOf, silent] = await skyrocket.startMany(3);
      if (!young || !heardOf || !silent) throw new Error('three Launches were to be started');
      await age(young, runExpiration - 10 * minute);
      await age(heardOf, 10 * runExpiration);
      await skyrocket.ping(heardOf, {
        taskIndex: 0,
        storedData: new Map(),
        updateSpec: new Map(),
        modSpec: [],
      });
      await age(silent, runExpiration + 10 * minute);
      const lpad = join(dirname(pythonWithFireWorks()), 'lpad');
      await promisify(execFile)(lpad, ['-l', file, 'admin', 'maintain'], { cwd: site.directory });
      expect([await stateOf(young), await stateOf(heardOf), await stateOf(silent)]).toEqual([
        'RUNNING',
        'RUNNING',
        'FIZZLED',
      ]);
      expect(await skyrocket.completeMany([young, heardOf])).toEqual(['applied', 'applied']);
      // What its worker tells later counts, since nobody has rerun it.
      expect(await skyrocket.completeMany([silent])).toEqual(['applied']);
      expect(await stateOf(silent)).toBe('COMPLETED');
    },
    patiently,
  );

  describe('after a reset by Python, which knows nothing of our notes', () => {
    beforeEach(async () => {
      await python.ask({ do: 'reset' });
      await skyrocket.add(independent(3));
      await skyrocket.startMany(3);
      const gone = { host: hostname(), process_start: `${processStart(process.pid)}0` };
      await db.collection('skyrocket_agents').updateMany({}, { $set: gone });
      await python.ask({ do: 'reset' });
    });

    it('a worker of ours gets what is READY at once, though the ids of its Launches were given before', async () => {
      await skyrocket.add(independent(2));
      expect(await skyrocket.startMany(2)).toEqual([1, 2]);
      expect(await skyrocket.completeMany([1, 2].map(launchId))).toEqual(['applied', 'applied']);
    });

    it("our upkeep does not take Launches of Python's workers for those of a worker that is gone", async () => {
      const [first, second] = await skyrocket.add(independent(2));
      await python.ask({ do: 'start', fw_id: first });
      await python.ask({ do: 'start', fw_id: second });
      expect((await site.run('lpad', '-l', file, 'admin', 'maintain')).code).toBe(0);
      expect(await db.collection('fireworks').distinct('state')).toEqual(['RUNNING']);
    });
  });

  it('a missing counter of ids is no reset: what runs can still tell its end', async () => {
    await skyrocket.add(independent(1));
    const launches = await skyrocket.startMany(1);
    const counters = db.collection('fw_id_assigner');
    const [counter] = await counters.find({}).toArray();
    await counters.deleteMany({});
    await skyrocket.launchpad.deadAgents({ key: 'upkeep' });
    expect(await skyrocket.completeMany(launches)).toEqual(['applied']);
    await counters.insertOne(counter ?? {});
  });

  it(
    'finds a reservation that Python made when its time is over, not before, and gives it back when asked to',
    async () => {
      const [id] = await skyrocket.add(independent(1));
      const launch = (await python.ask({ do: 'reserve', fw_id: id, reservation_id: '77' })) as LaunchId;
      const detect = (...words: string[]) => site.ask('-l', file, 'detect_unreserved', ...words);
      await age(launch, reservationExpiration - 10 * minute);
      expect(await detect('--rerun')).toEqual([]);
      expect((await site.run('lpad', '-l', file, 'admin', 'maintain')).code).toBe(0);
      expect(await stateOf(launch)).toBe('RESERVED');
      await age(launch, 20 * minute);
      expect(await detect()).toEqual([launch]);
      expect(await stateOf(launch)).toBe('RESERVED');
      expect(await detect('--rerun')).toEqual([launch]);
      expect(await db.collection('fireworks').distinct('state')).toEqual(['READY']);
      expect(await python.ask({ do: 'run_many', worker: 'p', limit: 2 })).toEqual([id]);
    },
    patiently,
  );
});

function older(moment: unknown, seconds: number): unknown {
  if (moment instanceof Date) return new Date(moment.getTime() - seconds * 1000);
  const read = typeof moment === 'string' ? readTimestamp(moment) : null;
  return read === null ? moment : timestamp(epochMilliseconds(read) - seconds * 1000);
}
