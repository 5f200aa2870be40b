import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leaseTerms } from '@skyrocket/launchpad/lease-terms';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { MongoClient } from 'mongodb';
import { mongoSettings } from '../../packages/launchpad/test/mongo-settings.ts';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { type Event, listenTo } from '../../packages/server/test/event-listener.ts';
import { type ServedLaunchPad, serveStore } from '../../packages/server/test/served-launchpad.ts';
import { type PythonSide, startPythonSide } from '../mongodb/python-side.ts';

let mongod: MongodProcess;
let connection: MongoConnection;
let python: PythonSide;
/** Two servers, as of a site that has several. */
let served: ServedLaunchPad;
let other: ServedLaunchPad;
let secret: string;

const serveDatabase = async () =>
  serveStore(mongoStore(await connect(mongoSettings(mongod, 'live'))), leaseTerms);

beforeAll(async () => {
  mongod = await startMongod('--replica-set', '--', '--setParameter', 'enableTestCommands=1');
  connection = await connect(mongoSettings(mongod, 'live'));
  python = await startPythonSide(mongod.uri, 'live');
  served = await serveDatabase();
  other = await serveDatabase();
  secret = await served.token({ role: 'reader' });
});

afterAll(async () => {
  await python?.close();
  await served?.close();
  await other?.close();
  await connection?.client.close();
  await mongod?.stop();
});

const listen = (lastEventId?: string, at = served) => listenTo(at, secret, lastEventId);

/** Python adds a parent and a child; their ids. */
async function addTwo(): Promise<[number, number]> {
  const spec = { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] };
  const fws = [1, 2].map((fw_id) => ({ fw_id, name: `step ${fw_id}`, spec }));
  const ids = await python.ask({
    do: 'add',
    workflow: { fws, links: { 1: [2] }, name: 'two', metadata: {} },
  });
  const [first = 0, second = 0] = (ids as [number, number][]).map(([, id]) => id).sort((a, b) => a - b);
  return [first, second];
}

const nothing = {
  stored_data: {},
  exit: false,
  update_spec: {},
  mod_spec: [],
  additions: [],
  detours: [],
  defuse_children: false,
};

const runs = (fwId: number) => python.ask({ do: 'run', fw_id: fwId, action: nothing, state: 'COMPLETED' });

/** The states of a Firework in the order in which they were told; Python writes whole documents, also when the state stays. */
const statesOf = (events: Event[], fwId: number) =>
  events
    .filter((event) => event.fw_id === fwId)
    .map(({ state }) => state)
    .filter((state, index, all) => state !== all[index - 1]);

const isNow = (fwId: number, state: string) => (event: Event) =>
  event.fw_id === fwId && event.state === state;

describe('a server over a replica set', () => {
  it('tells every state that Python brings Fireworks to, in their order', async () => {
    const listener = await listen();
    const [parent, child] = await addTwo();
    await runs(parent);
    await runs(child);
    const events = await listener.until(isNow(child, 'COMPLETED'));
    expect(statesOf(events, parent)).toEqual(['READY', 'RESERVED', 'RUNNING', 'COMPLETED']);
    expect(statesOf(events, child)).toEqual(['WAITING', 'READY', 'RESERVED', 'RUNNING', 'COMPLETED']);
    expect(events.at(-1)).toMatchObject({ name: 'step 2', updated_on: expect.stringMatching(/\+00:00$/) });
    listener.close();
  });

  it('tells each event once to those who come back, at whatever server', async () => {
    const steady = await listen();
    const first = await listen();
    const [parent, child] = await addTwo();
    const before = [...(await first.until(isNow(child, 'WAITING')))];
    first.close();
    await runs(parent);
    const second = await listen(before.at(-1)?.id, other);
    await runs(child);
    const after = await second.until(isNow(child, 'COMPLETED'));
    second.close();
    const all = await steady.until(isNow(child, 'COMPLETED'));
    steady.close();
    expect([...before, ...after].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  });

  it('goes on where it was when the database has stepped down', async () => {
    const listener = await listen();
    const [parent] = await addTwo();
    await listener.until(isNow(parent, 'READY'));
    await stepDown();
    await runs(parent);
    const events = await listener.until(isNow(parent, 'COMPLETED'));
    expect(statesOf(events, parent)).toEqual(['READY', 'RESERVED', 'RUNNING', 'COMPLETED']);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    listener.close();
  });

  it('says that one has to look when the database does not know any more what changed', async () => {
    const listener = await listen();
    const [parent] = await addTwo();
    await listener.until(isNow(parent, 'READY'));
    await connection.fireworks.rename('fireworks_elsewhere');
    await connection.db.collection('fireworks_elsewhere').rename('fireworks');
    await listener.untilLook();
    await connection.fireworks.updateOne({ fw_id: parent }, { $set: { state: 'PAUSED' } });
    await listener.until(isNow(parent, 'PAUSED'));
    listener.close();
  });

  it('tells again from the moment on when the place is of another launchpad', async () => {
    const [parent] = await addTwo();
    const listener = await listen('2020-01-01T00:00:00.000000+00:00/826512');
    await listener.until(isNow(parent, 'READY'));
    listener.close();
  });

  it('looks at what changed where its user may not listen', async () => {
    const admin = new MongoClient(mongod.uri);
    const failing = { failCommands: ['aggregate'], errorCode: 13, namespace: 'live.fireworks' };
    await admin.db('admin').command({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data: failing });
    try {
      const listener = await listen();
      await listener.untilLook();
      const [parent] = await addTwo();
      await runs(parent);
      await listener.until(isNow(parent, 'COMPLETED'));
      listener.close();
    } finally {
      await admin.db('admin').command({ configureFailPoint: 'failCommand', mode: 'off' });
      await admin.close();
    }
  });
});

/** The only node resigns, which ends its connections, and is elected again. */
async function stepDown(): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${mongod.port}/?directConnection=true`);
  const admin = client.db('admin');
  await admin.command({ replSetStepDown: 1, force: true });
  for (;;) {
    const { isWritablePrimary } = await admin.command({ hello: 1 });
    if (isWritablePrimary) break;
    await admin.command({ replSetStepUp: 1 }).catch(() => null);
  }
  await client.close();
}
