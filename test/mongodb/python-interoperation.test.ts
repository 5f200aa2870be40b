import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { type PythonSide, startPythonSide } from './python-side.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/** Python FireWorks 2.1.4 and Skyrocket at work in one database at the same time. */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const firework = (fw_id: number) => ({ fw_id, name: `firework ${fw_id}`, spec: { _tasks: [task], n: 0 } });
const chain = {
  name: 'chain',
  metadata: {},
  fws: [-1, -2, -3].map(firework),
  links: { '-1': [-2], '-2': [-3] },
};

function fanIn(width: number) {
  const ids = Array.from({ length: width + 1 }, (_, index) => -1 - index);
  const join = -1 - width;
  const links = Object.fromEntries(ids.slice(0, width).map((id) => [id, [join]]));
  return { name: 'fan-in', metadata: {}, fws: ids.map(firework), links };
}

const noAction = {
  ...{ stored_data: {}, exit: false, update_spec: {}, mod_spec: [], additions: [], detours: [] },
  ...{ defuse_children: false },
};

describe('one database, Python FireWorks and Skyrocket', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let python: PythonSide;
  let skyrocket: SkyrocketSide;
  let db: Db;
  const more: (PythonSide | SkyrocketSide)[] = [];

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    db = client.db('shared');
    python = await startPythonSide(mongod.uri, 'shared');
    await python.ask({ do: 'reset' });
    skyrocket = await startSkyrocketSide(mongod.uri, 'shared');
  }, 300_000);
  afterAll(async () => {
    for (const side of more) await side.close();
    await python?.close();
    await skyrocket?.close();
    await client?.close();
    await mongod?.stop();
  });
  beforeEach(async () => {
    for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
  });

  const states = async () => {
    const all = await db.collection('fireworks').find({}).sort({ fw_id: -1 }).toArray();
    return all.map((one) => one.state);
  };
  const workflow = async () => {
    const [only] = await db.collection('workflows').find({}).toArray();
    if (!only) throw new Error('there is no Workflow');
    return only;
  };
  const user = (...ids: number[]) => ({ key: crypto.randomUUID(), fwIds: ids.map(fwId) });

  it('what one adds the other runs', async () => {
    await python.ask({ do: 'add', workflow: chain });
    expect(await skyrocket.runMany(10)).toHaveLength(3);
    expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    await skyrocket.add(chain);
    expect(await python.ask({ do: 'run_many', worker: 'p', limit: 10 })).toHaveLength(3);
    expect(await db.collection('workflows').distinct('state')).toEqual(['COMPLETED']);
  });

  it('a 200-way fan-in is run by four workers of each kind: each Firework once, the join last', async () => {
    if (!mongod) throw new Error('mongod has not been started');
    const { uri } = mongod;
    const pythons = await Promise.all([1, 2, 3].map(() => startPythonSide(uri, 'shared')));
    const skyrockets = await Promise.all([1, 2, 3].map((n) => startSkyrocketSide(uri, 'shared', `w${n}`)));
    more.push(...pythons, ...skyrockets);
    const ids = await skyrocket.add(fanIn(200));
    const join = Math.min(...ids);
    const run = () =>
      Promise.all([
        ...[python, ...pythons].map((side, n) => side.ask({ do: 'run_many', worker: `p${n}`, limit: 1000 })),
        ...[skyrocket, ...skyrockets].map((side) => side.runMany(5)),
      ]);
    await run();
    // Who came last may have found nothing READY before the join was.
    await run();
    expect(
      await db
        .collection('fireworks')
        .find({ state: { $ne: 'COMPLETED' } })
        .toArray(),
    ).toEqual([]);
    const launches = await db.collection('launches').find({}).toArray();
    expect(launches.map((one) => one.state)).toEqual(Array(201).fill('COMPLETED'));
    expect(new Set(launches.map((one) => one.fw_id)).size).toBe(201);
    const { fw_states, state, locked } = await workflow();
    expect(new Set(Object.values(fw_states))).toEqual(new Set(['COMPLETED']));
    expect({ state, locked }).toEqual({ state: 'COMPLETED', locked: undefined });
    const ends = launches.map((one) => [one.time_start, one.time_end, one.fw_id]);
    const joinStart = ends.find(([, , id]) => id === join)?.[0];
    expect(ends.filter(([, end, id]) => id !== join && end > joinStart)).toEqual([]);
  }, 180_000);

  it('either side decides on what the other ran', async () => {
    await skyrocket.add(chain);
    const [first, second] = (await db.collection('fireworks').find({}).sort({ fw_id: -1 }).toArray()).map(
      (one) => Number(one.fw_id),
    );
    if (first === undefined || second === undefined) throw new Error('two Fireworks are needed');
    await skyrocket.complete(await skyrocket.start(first));
    await python.ask({ do: 'rerun', fw_id: first });
    expect(await states()).toEqual(['READY', 'WAITING', 'WAITING']);
    await python.ask({ do: 'run', fw_id: first, action: noAction, state: 'COMPLETED' });
    await skyrocket.launchpad.rerun(user(first));
    expect(await states()).toEqual(['READY', 'WAITING', 'WAITING']);
    await python.ask({ do: 'pause', fw_id: first });
    await skyrocket.launchpad.resume(user(first));
    await skyrocket.launchpad.defuse(user(second));
    await python.ask({ do: 'reignite', fw_id: second });
    expect(await states()).toEqual(['READY', 'WAITING', 'WAITING']);
    await python.ask({ do: 'archive', fw_id: first });
    expect(await states()).toEqual(['ARCHIVED', 'ARCHIVED', 'ARCHIVED']);
    await skyrocket.launchpad.deleteWorkflows(user(first));
    expect(await db.collection('launches').countDocuments({})).toBe(0);
    expect(await states()).toEqual([]);
  });

  it('detours and additions of either are run by the other', async () => {
    const added = (name: string) => ({ name, metadata: {}, links: {}, fws: [{ ...firework(-1), name }] });
    await skyrocket.add(chain);
    const first = Number((await db.collection('fireworks').findOne({ state: 'READY' }))?.fw_id);
    const launch = await skyrocket.start(first);
    await skyrocket.complete(launch, { ...noAction, detours: [added('detour')], update_spec: { seen: 1.5 } });
    const detour = await db.collection('fireworks').findOne({ name: 'detour' });
    const action = { ...noAction, additions: [added('addition')] };
    await python.ask({ do: 'run', fw_id: detour?.fw_id, action, state: 'COMPLETED' });
    expect(await skyrocket.runMany(10)).toHaveLength(3);
    expect((await workflow()).state).toBe('COMPLETED');
    const second = await db.collection('fireworks').findOne({ name: 'firework -2' });
    expect(second?.spec).toMatchObject({ seen: 1.5 });
  });

  it('what Python reserves is claimed by its id and run in the same Launch, and the other way round', async () => {
    await python.ask({ do: 'add', workflow: chain });
    const first = Number((await db.collection('fireworks').findOne({ state: 'READY' }))?.fw_id);
    const reserved = await python.ask({ do: 'reserve', fw_id: first });
    await python.ask({ do: 'set_reservation_id', launch_id: reserved, reservation_id: 1001 });
    const launch = await skyrocket.start(first);
    expect(launch).toBe(reserved);
    await skyrocket.complete(launch);
    const document = await db.collection('launches').findOne({ launch_id: launch });
    expect(document?.state_history.map((entry: { state: string }) => entry.state)).toEqual([
      'RESERVED',
      'RUNNING',
      'COMPLETED',
    ]);
    expect(document?.state_history[0].reservation_id).toBe('1001');
    const second = Number((await db.collection('fireworks').findOne({ state: 'READY' }))?.fw_id);
    const { claims } = await skyrocket.launchpad
      .reserve({
        key: crypto.randomUUID(),
        fworker: { name: 'login', category: '', query: new Map(), env: new Map() },
        order: 'any',
        fwId: fwId(second),
        host: 'login',
        ip: '10.0.0.9',
        launchDir: '/submitted',
      })
      .then(({ reservation }) => ({ claims: reservation }));
    const started = await python.ask({ do: 'start', fw_id: second });
    expect(started).toBe(claims?.launchId);
    await python.ask({ do: 'complete', launch_id: started, action: noAction, state: 'COMPLETED' });
    expect((await states()).slice(0, 2)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it("Python's maintenance does not call a Launch of ours lost", async () => {
    await skyrocket.add(chain);
    const first = Number((await db.collection('fireworks').findOne({ state: 'READY' }))?.fw_id);
    const launch = await skyrocket.start(first);
    await python.ask({ do: 'maintain' });
    expect((await states())[0]).toBe('RUNNING');
    expect(await skyrocket.complete(launch)).toBe('applied');
  });

  it('an action that is too large for its Launch goes to GridFS, and Python reads it', async () => {
    await skyrocket.add(chain);
    const first = Number((await db.collection('fireworks').findOne({ state: 'READY' }))?.fw_id);
    const launch = await skyrocket.start(first);
    const stored_data = { text: 'x'.repeat(17 * 1024 * 1024), float: 2.5 };
    expect(await skyrocket.complete(launch, { ...noAction, stored_data })).toBe('applied');
    const document = await db.collection('launches').findOne({ launch_id: launch });
    expect(Object.keys(document?.action)).toEqual(['gridfs_id']);
    const read = (await python.ask({ do: 'action_of', launch_id: launch })) as typeof noAction & {
      stored_data: typeof stored_data;
    };
    expect([read.stored_data.text.length, read.stored_data.float]).toEqual([stored_data.text.length, 2.5]);
    const { launches } = await skyrocket.launchpad.findLaunches({ launchIds: [launch] });
    expect(launches[0]?.action?.storedData.get('float')).toBe(2.5);
  }, 120_000);

  it('a spec or a Workflow that is too large is refused with its size and its largest part, and nothing is stored', async () => {
    const large = {
      ...firework(-1),
      spec: { _tasks: [task], small: 1, table: 'x'.repeat(17 * 1024 * 1024) },
    };
    const adding = skyrocket.add({ ...chain, fws: [large], links: {} });
    await expect(adding).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/178\d{5} bytes.*spec\.table/),
    });
    expect(await states()).toEqual([]);
  });
});
