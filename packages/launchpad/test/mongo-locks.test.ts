import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { writing } from './store-contract/decisions.ts';
import { chain, fwIds } from './store-contract/samples.ts';
import { add, decide, states } from './store-contract/steps.ts';

describe('a Workflow that a Python program has locked', () => {
  let mongod: MongodProcess | null = null;
  let connection: MongoConnection;
  let store: Store;

  beforeAll(async () => {
    mongod = await startMongod();
  }, 120_000);
  afterAll(async () => {
    await mongod?.stop();
  });
  beforeEach(async () => {
    connection = await connect({ ...mongoSettings(mongod, 'locks'), lockExpirationSeconds: 0.6 });
    store = mongoStore(connection);
    await store.reset({ key: crypto.randomUUID() });
    await add(store, chain);
    await connection.workflows.updateOne({}, { $set: { locked: true } });
  });
  afterEach(async () => {
    await store.close();
  });

  const pause = () => decide(store, { fwIds: fwIds(1) }, () => writing(1, { state: 'PAUSED' }));
  const workflow = async () => (await connection.workflows.findOne({})) ?? {};
  const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  it('is changed as soon as the other lets it go, and not before', async () => {
    const pausing = pause();
    await wait(200);
    expect(await states(store)).toMatchObject({ 1: 'READY' });
    await connection.workflows.updateOne({}, { $unset: { locked: '' } });
    await pausing;
    expect(await states(store)).toMatchObject({ 1: 'PAUSED' });
    expect(await workflow()).not.toHaveProperty('locked');
  });

  it('is freed when it has not changed for so long since it was first seen', async () => {
    await pause();
    expect(await states(store)).toMatchObject({ 1: 'PAUSED' });
    expect(await workflow()).not.toHaveProperty('locked');
  });

  it('is not freed while its holder goes on changing it', async () => {
    const pausing = pause();
    for (let change = 0; change < 6; change++) {
      await wait(250);
      await connection.workflows.updateOne({}, { $set: { updated_on: new Date() } });
      expect(await workflow()).toMatchObject({ locked: true });
    }
    await connection.workflows.updateOne({}, { $unset: { locked: '' } });
    await pausing;
  });

  it('does not hold up claims', async () => {
    const { claim, claimed, register } = await import('./store-contract/steps.ts');
    await register(store, 'a');
    expect(claimed(await claim(store))).toEqual([1]);
    expect(await workflow()).toMatchObject({ locked: true });
  });

  it('is found by upkeep, which frees it too', async () => {
    await store.unfinished();
    expect(await workflow()).toMatchObject({ locked: true });
    await wait(700);
    await store.unfinished();
    expect(await workflow()).not.toHaveProperty('locked');
  });

  it('is found by upkeep among many others, a section of them in each round', async () => {
    await connection.workflows.insertMany(Array.from({ length: 20_000 }, () => ({ nodes: [] })));
    await add(store, chain);
    const dead = 'skyrocket:abc:1';
    await connection.workflows.updateOne({ nodes: 4 }, { $set: { locked: dead } });
    const last = () => connection.workflows.findOne({ nodes: 4 });
    await store.unfinished();
    expect(await last()).toMatchObject({ locked: dead });
    await store.unfinished();
    expect(await last()).not.toHaveProperty('locked');
    await connection.workflows.updateOne({ nodes: 1 }, { $set: { locked: dead } });
    await store.unfinished();
    expect(await workflow()).not.toHaveProperty('locked');
  });
});
