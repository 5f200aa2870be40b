import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { ensureIndexes } from '@skyrocket/launchpad/store/mongo/indexes';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { timestamp } from '@skyrocket/model/timestamp';
import { ObjectId } from 'mongodb';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { chain, fwIds, independent, newKey, userMap } from './store-contract/samples.ts';
import { add, run, states } from './store-contract/steps.ts';

let mongod: MongodProcess | null = null;
let opened: { connection: MongoConnection; store: Store } | null = null;

beforeAll(async () => {
  mongod = await startMongod();
  const connection = await connect(mongoSettings(mongod, 'maintenance'));
  opened = { connection, store: mongoStore(connection) };
}, 120_000);

beforeEach(async () => {
  await world().store.reset({ key: newKey() });
});

afterAll(async () => {
  await opened?.store.close();
  await mongod?.stop();
});

function world(): { connection: MongoConnection; store: Store } {
  if (!opened) throw new Error('mongod has not been started');
  return opened;
}

/** What a Python program leaves that was killed while it added a Workflow. */
async function insertOrphan(id: number, insertedOn: Date): Promise<void> {
  await world().connection.fireworks.insertOne({
    _id: ObjectId.createFromTime(insertedOn.getTime() / 1000),
    ...{ fw_id: id, name: 'orphan', state: 'READY', spec: { _tasks: [] } },
    ...{ launches: [], archived_launches: [], created_on: '2024-01-01', updated_on: '2024-01-01' },
  });
}

const yesterday = () => new Date(Date.now() - 86_400_000);

describe('Fireworks that no Workflow has', () => {
  it('are found, when they are too old to get their Workflow still', async () => {
    const { store } = world();
    await add(store, chain);
    await insertOrphan(77, yesterday());
    await insertOrphan(78, new Date());
    expect(await store.findOrphans()).toEqual([77]);
  });

  it('are deleted, and no others', async () => {
    const { store } = world();
    await add(store, chain);
    await insertOrphan(77, yesterday());
    const deleted = await store.deleteOrphans({ key: newKey(), fwIds: fwIds(1, 77) });
    expect(deleted).toEqual({ fwIds: [77], launchIds: [], launchDirs: [] });
    expect(await states(store)).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
  });
});

describe('unlocking', () => {
  it('takes the lock of a Python program away, and brings the copies of states up to date', async () => {
    const { store, connection } = world();
    await add(store, chain);
    await connection.workflows.updateOne({ nodes: 1 }, { $set: { locked: true, 'fw_states.2': 'READY' } });
    expect(await store.unlock({ key: newKey(), fwIds: fwIds(1, 2) })).toEqual({ unlocked: [1] });
    const workflow = await connection.workflows.findOne({ nodes: 1 });
    expect([workflow?.locked, workflow?.fw_states]).toEqual([
      undefined,
      { 1: 'READY', 2: 'WAITING', 3: 'WAITING' },
    ]);
  });

  it('leaves a lock of ours to its owner as long as it lasts', async () => {
    const { store, connection } = world();
    await add(store, chain);
    const locked = `skyrocket:abc:${Date.now() + 60_000}`;
    await connection.workflows.updateOne({ nodes: 1 }, { $set: { locked } });
    expect(await store.unlock({ key: newKey(), fwIds: fwIds(1) })).toEqual({ unlocked: [] });
    await connection.workflows.updateOne({ nodes: 1 }, { $unset: { locked: '' } });
  });
});

describe('an inspection', () => {
  const problems = async () => {
    const launchpad = storeLaunchPad(world().store);
    return (await launchpad.inspect()).findings.map(({ problem, remedy }) => `${problem}: ${remedy}`);
  };

  it('finds nothing where nothing is wrong', async () => {
    await add(world().store, chain);
    await run(world().store, 1);
    expect(await problems()).toEqual([]);
  });

  it('names indexes that are missing, which a tuneup makes', async () => {
    const { store, connection } = world();
    await connection.fireworks.dropIndex('spec._category_1');
    expect(await problems()).toEqual([
      'indexes are missing: fireworks (spec._category): run lpad admin tuneup',
    ]);
    await store.tuneUp({ key: newKey(), extent: 'indexes' });
    expect(await problems()).toEqual([]);
  });

  it('names a counter that would give ids a second time', async () => {
    const { store, connection } = world();
    await add(store, independent(3));
    await connection.idAssigner.updateOne({}, { $set: { next_fw_id: 2 } });
    expect(await problems()).toEqual([
      'next_fw_id in fw_id_assigner is not above 3, an id that is in use: stop all workers and set it to 4',
    ]);
  });

  it('names locks, Fireworks that are missing, and those that their Workflows know in another state', async () => {
    const { store, connection } = world();
    await add(store, chain);
    await add(store, independent(2));
    await connection.workflows.updateOne({ nodes: 1 }, { $set: { locked: true, 'fw_states.3': 'FIZZLED' } });
    await connection.fireworks.deleteOne({ fw_id: 5 });
    expect(await problems()).toEqual([
      expect.stringContaining('Workflows are locked now: those of the Fireworks 1: '),
      expect.stringContaining('the Fireworks 5 are named by Workflows but are not there: '),
      expect.stringContaining('the Fireworks 3 have another state than their Workflows say: '),
    ]);
  });
});

it('uses an index that the site has made itself under another name', async () => {
  const { db, settings } = world().connection;
  await db.collection('fireworks').dropIndex('state_1_updated_on_1');
  await db.collection('fireworks').createIndex({ state: 1, updated_on: 1 }, { name: 'for our reports' });
  await ensureIndexes(db, settings);
  await db.collection('fireworks').dropIndex('for our reports');
  await ensureIndexes(db, settings);
  expect(await db.collection('fireworks').indexExists('state_1_updated_on_1')).toBe(true);
});

describe('a report', () => {
  it('counts moments that are texts and Dates in their days, with a filter and without', async () => {
    const { store, connection } = world();
    await add(store, independent(9));
    const days = [3, 2, 1].map((back) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10));
    const moments = days.flatMap((day) => [
      `${day}T00:00:00+00:00`,
      `${day}T23:59:59.999999+00:00`,
      new Date(`${day}T12:00:00Z`),
    ]);
    for (const [index, updated_on] of moments.entries()) {
      const state = index % 3 === 0 ? 'FIZZLED' : 'COMPLETED';
      await connection.fireworks.updateOne({ fw_id: index + 1 }, { $set: { updated_on, state } });
    }
    const since = timestamp(Date.parse(`${days[1]}T12:00:00Z`));
    const report = { collection: 'fws', period: 'days', since } as const;
    const { counts } = await store.countByPeriod(report);
    expect(counts).toEqual([
      { period: days[1], state: 'COMPLETED', count: 2 },
      { period: days[2], state: 'COMPLETED', count: 2 },
      { period: days[2], state: 'FIZZLED', count: 1 },
    ]);
    expect(await store.countByPeriod({ ...report, filter: userMap({ fw_id: { $gt: 0 } }) })).toEqual({
      counts,
    });
  });
});

describe('Launches of Python programs', () => {
  const silentFor = async (seconds: number, value: (at: Date) => unknown) => {
    const { store, connection } = world();
    await add(store, independent(1));
    const launchId = await run(store, 1);
    await connection.starts.deleteMany({});
    await connection.launches.updateOne(
      { launch_id: launchId, 'state_history.state': 'RUNNING' },
      { $set: { 'state_history.$.updated_on': value(new Date(Date.now() - seconds * 1000)) } },
    );
    return storeLaunchPad(store);
  };
  const asPython = (at: Date) => at.toISOString().replace('Z', '000+00:00');

  it('are lost when they were silent for too long, be the moment a text or a Date, and are made FIZZLED', async () => {
    for (const value of [asPython, (at: Date) => at]) {
      await world().store.reset({ key: newKey() });
      const launchpad = await silentFor(5 * 3600, value);
      const { launches } = await launchpad.findLostRuns({ silentSeconds: 14_400 });
      expect(launches.map(({ fwId }) => fwId)).toEqual([1]);
      const request = { silentSeconds: 14_400, launchIds: launches.map(({ launchId }) => launchId) };
      const { lost } = await launchpad.declareLost({ ...request, key: newKey(), afterwards: 'stop' });
      expect(lost).toHaveLength(1);
      expect(await states(world().store)).toEqual({ 1: 'FIZZLED' });
    }
  });

  it('are not lost as long as they are heard of, whoever asks', async () => {
    const launchpad = await silentFor(3 * 3600, asPython);
    expect((await launchpad.findLostRuns({ silentSeconds: 14_400 })).launches).toEqual([]);
    const { launches } = await launchpad.findLostRuns({ silentSeconds: 3600 });
    const request = { silentSeconds: 14_400, launchIds: launches.map(({ launchId }) => launchId) };
    expect(await launchpad.declareLost({ ...request, key: newKey(), afterwards: 'rerun' })).toEqual({
      lost: [],
    });
  });

  it('run again when that is asked for', async () => {
    const launchpad = await silentFor(5 * 3600, asPython);
    const { launches } = await launchpad.findLostRuns({ silentSeconds: 14_400 });
    const request = { silentSeconds: 14_400, launchIds: launches.map(({ launchId }) => launchId) };
    await launchpad.declareLost({ ...request, key: newKey(), afterwards: 'rerun' });
    expect(await states(world().store)).toEqual({ 1: 'READY' });
  });
});

it('leaves a Launch of a living worker of ours to its lease', async () => {
  const { store, connection } = world();
  await add(store, independent(1));
  const launchId = await run(store, 1);
  await connection.launches.updateOne(
    { launch_id: launchId, 'state_history.state': 'RUNNING' },
    { $set: { 'state_history.$.updated_on': '2024-01-01T00:00:00.000000+00:00' } },
  );
  const launchpad = storeLaunchPad(store);
  expect((await launchpad.findLostRuns({ silentSeconds: 14_400 })).launches).toEqual([]);
});
