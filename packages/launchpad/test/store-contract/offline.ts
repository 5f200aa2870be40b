import { describe, expect, it } from '@jest/globals';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { OfferedResources } from '@skyrocket/model/resources';
import type { CurrentStore } from './fresh-store.ts';
import { independent, newKey, type Sketch } from './samples.ts';
import { add, claim, claimed, register } from './steps.ts';

const submittedFrom = { host: 'login1', ip: '10.0.0.9', launchDir: '/submitted' };

const small: OfferedResources = { cores: 2, memory: 1024, gpus: 0, walltime: 600, dialect: 'slurm' };

const needing = (...needs: Record<string, unknown>[]): Sketch => ({
  specs: Object.fromEntries(needs.map((need, i) => [i + 1, need])),
});

export function offlineContract(store: CurrentStore): void {
  describe('offline runs', () => {
    it('are found until they have ended or are forgotten, and are noted once', async () => {
      await add(store(), independent(3));
      await claim(store(), { agentId: null, submittedFrom, count: 3 });
      const runs = [1, 2, 3].map((id) => ({ launchId: launchId(id), fwId: fwId(id), name: `run ${id}` }));
      await store().putOffline(runs);
      await store().closeOffline([launchId(1)]);
      expect(await store().forgetOffline({ key: newKey(), fwIds: [fwId(1), fwId(2)] })).toEqual([2]);
      await store().putOffline(runs);
      expect(await store().findOffline()).toEqual([runs[2]]);
      expect(await store().findOffline([launchId(1), launchId(3)])).toEqual([runs[2]]);
      expect(await store().findOffline([launchId(1)])).toEqual([]);
    });

    it('are forgotten once for a key: those that come later stay', async () => {
      await add(store(), independent(2));
      await claim(store(), { agentId: null, submittedFrom, count: 2 });
      const runs = [1, 2].map((id) => ({ launchId: launchId(id), fwId: fwId(id), name: `run ${id}` }));
      await store().putOffline(runs.slice(0, 1));
      const request = { key: newKey(), fwIds: [fwId(1), fwId(2)] };
      expect(await store().forgetOffline(request)).toEqual([1]);
      await store().putOffline(runs);
      expect(await store().forgetOffline(request)).toEqual([1]);
      expect(await store().findOffline()).toEqual(runs.slice(1));
    });
  });

  describe('the owner of a reservation', () => {
    it('is known as long as its Launch, and no other Launch has one', async () => {
      await add(store(), independent(2));
      await claim(store(), { agentId: null, submittedFrom, owner: 'token', count: 1 });
      await claim(store(), { agentId: null, submittedFrom, count: 1 });
      const ids = [launchId(1), launchId(2), launchId(3)];
      expect(await store().findOwners(ids)).toEqual(new Map([[1, 'token']]));
      await store().reset({ key: newKey() });
      expect(await store().findOwners(ids)).toEqual(new Map());
    });

    it('of a chain is the one who made it', async () => {
      const name = 'chain';
      const first = { name, state: '1', owner: 'mine', fworker: 'cluster' };
      expect(await store().saveChain({ ...first, revision: 0 })).toBe(true);
      expect(await store().saveChain({ name, state: '2', owner: 'other', revision: 1 })).toBe(true);
      expect(await store().findChains()).toEqual([{ ...first, state: '2', revision: 2 }]);
    });
  });

  describe('a claim', () => {
    it('passes over Fireworks that it is told to pass over', async () => {
      await add(store(), independent(3));
      await register(store(), 'a');
      const answer = await claim(store(), { count: 5, withoutFireworks: [fwId(2)] });
      expect([claimed(answer), answer.exhausted]).toEqual([[1, 3], true]);
    });

    it('passes over Fireworks that declare more than the worker has', async () => {
      const more = [{ cores: 4 }, { memory: '2G' }, { gpus: 1 }, { walltime: '00:20:00' }];
      const specs = [...more.map((_resources) => ({ _resources })), { _queueadapter: { walltime: '20' } }];
      await add(store(), needing(...specs, {}, { _resources: { cores: 2 } }));
      await register(store(), 'a');
      const answer = await claim(store(), { count: 1, resources: small });
      expect([claimed(answer), answer.exhausted]).toEqual([[6], false]);
      expect(claimed(await claim(store(), { count: 5, resources: small }))).toEqual([7]);
      expect(claimed(await claim(store(), { count: 9 }))).toEqual([1, 2, 3, 4, 5]);
    });
  });
}
