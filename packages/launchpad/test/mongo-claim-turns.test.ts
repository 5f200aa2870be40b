import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { fwIds, independent } from './store-contract/samples.ts';
import { add, claim, register } from './store-contract/steps.ts';

describe('claimers that take turns, since others were faster a moment ago', () => {
  let mongod: MongodProcess | null = null;
  let [mine, other]: MongoConnection[] = [];
  let store: Store | null = null;

  beforeAll(async () => {
    mongod = await startMongod();
    const settings = mongoSettings(mongod, 'claim_turns');
    mine = await connect(settings);
    other = await connect(settings);
    store = mongoStore(mine);
  }, 120_000);
  afterAll(async () => {
    await store?.close();
    await other?.client.close();
    await mongod?.stop();
  });
  beforeEach(async () => {
    const opened = there(store);
    await there(mine).meta.updateOne({ _id: 'claiming' }, [{ $set: { until: '$$NOW', finds: [] } }]);
    await opened.reset({ key: crypto.randomUUID() });
    await add(opened, independent(8));
    await register(opened, 'a');
    for (const { claimTurns } of [there(mine), there(other)]) claimTurns.collided();
  });

  function there<T>(value: T | null | undefined): T {
    if (!value) throw new Error('mongod has not been started');
    return value;
  }

  async function claimed(count: number): Promise<number[]> {
    const { claims } = await claim(there(store), { count });
    return claims.map(({ firework }) => Number(firework.fwId));
  }

  /** Another program has its turn, finds these, and gets no further. */
  async function otherFinds(...ids: number[]): Promise<void> {
    const turn = await there(other).claimTurns.begin(there(other));
    await turn.end(fwIds(...ids));
  }

  it('pass over what others are about to reserve', async () => {
    await otherFinds(1, 2, 3);
    await otherFinds(4);
    expect(await claimed(2)).toEqual([5, 6]);
  });

  it('take it when those have not reserved it in time', async () => {
    await otherFinds(1, 2, 3);
    await there(mine).meta.updateOne({ _id: 'claiming' }, [{ $set: { 'finds.until': '$$NOW' } }]);
    expect(await claimed(4)).toEqual([1, 2, 3, 4]);
  });

  it('wait for each other to have looked, and share what there is', async () => {
    const turn = await there(other).claimTurns.begin(there(other));
    const claiming = claimed(8);
    await turn.end(fwIds(1, 8));
    expect(await claiming).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('wait once for a turn of which the database has forgotten whose it is, as one that is killed may', async () => {
    const { meta, claimTurns } = there(mine);
    expect(await claimed(1)).toEqual([1]);
    await meta.deleteOne({ _id: 'claiming' });
    claimTurns.collided();
    expect(await claimed(1)).toEqual([2]);
    expect(await claimed(1)).toEqual([3]);
    expect(await meta.countDocuments({ _id: 'claiming' })).toBe(1);
  });
});
