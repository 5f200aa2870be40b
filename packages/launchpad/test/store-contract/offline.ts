import { describe, expect, it } from '@jest/globals';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { OfferedResources } from '@skyrocket/model/resources';
import type { CurrentStore } from './fresh-store.ts';
import { independent, type Sketch } from './samples.ts';
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
      await store().closeOffline({ launchIds: [launchId(1)], as: 'completed' });
      await store().closeOffline({ launchIds: [launchId(2)], as: 'deprecated' });
      await store().putOffline(runs);
      expect(await store().findOffline()).toEqual([runs[2]]);
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
