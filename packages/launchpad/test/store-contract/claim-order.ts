import { describe, expect, it } from '@jest/globals';
import type { FWorker } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import type { CurrentStore } from './fresh-store.ts';
import { fworker, independent, newKey, type Sketch, userMap, workflowToAdd } from './samples.ts';
import { add, claim, claimed, complete, register } from './steps.ts';

export function claimOrderContract(store: CurrentStore): void {
  describe('the order of claims', () => {
    const order = async (sketch: Sketch, members: Parameters<typeof claim>[1] = {}) => {
      await add(store(), sketch);
      await register(store(), 'a');
      return claimed(await claim(store(), { count: 100, ...members }));
    };

    it('is that of priorities, highest first; what has none comes last', async () => {
      const specs = {
        1: { _priority: 1 },
        2: {},
        3: { _priority: 2.5 },
        4: { _priority: -1 },
        5: { _priority: 1e3 },
      };
      expect(await order({ specs })).toEqual([5, 3, 1, 4, 2]);
    });

    it('sorts priorities of any type as MongoDB does', async () => {
      const specs = {
        1: { _priority: true },
        2: { _priority: 'high' },
        3: { _priority: 99 },
        4: { _priority: null },
        5: { _priority: [1, 1000] },
      };
      expect((await order({ specs })).slice(0, 4)).toEqual([1, 2, 5, 3]);
    });

    it('is that of the ids among equals', async () => {
      expect(await order(independent(4))).toEqual([1, 2, 3, 4]);
    });

    it('holds across categories and workers', async () => {
      const specs = {
        1: { _category: 'x', _priority: 1 },
        2: { _category: 'y', _priority: 2 },
        3: { _fworker: 'worker', _priority: 3 },
        4: { _priority: 2 },
      };
      expect(await order({ specs })).toEqual([3, 2, 4, 1]);
    });

    it('is oldest first with FIFO and newest first with FILO, after the priority', async () => {
      const ages = [3, 1, 2];
      const workflow = workflowToAdd(independent(4));
      const fireworks = workflow.fireworks.map((one, index) => ({
        ...one,
        createdOn: timestamp(Date.UTC(2024, 0, ages[index] ?? 9)),
        spec: new Map(one.spec).set('_priority', index === 3 ? 1 : 0),
      }));
      const workflows = [{ ...workflow, fireworks }];
      await store().addWorkflows({ key: newKey(), workflows });
      await store().addWorkflows({ key: newKey(), workflows });
      await register(store(), 'a');
      expect(claimed(await claim(store(), { count: 4, order: 'FIFO' }))).toEqual([4, 8, 2, 6]);
      expect(claimed(await claim(store(), { count: 4, order: 'FILO' }))).toEqual([5, 1, 7, 3]);
    });
  });

  describe('what a worker may claim', () => {
    const claims = async (sketch: Sketch, worker: Partial<FWorker>) => {
      await add(store(), sketch);
      await register(store(), 'a');
      return claimed(await claim(store(), { count: 100, fworker: fworker(worker) }));
    };
    const categories = {
      specs: {
        1: { _category: 'x' },
        2: { _category: 'y' },
        3: {},
        4: { _category: ['x', 'z'] },
        5: { _category: null },
      },
    };

    it('is everything without a category', async () => {
      expect(await claims(categories, { category: '' })).toEqual([1, 2, 3, 4, 5]);
    });

    it('is what has its category, also among several', async () => {
      expect(await claims(categories, { category: 'x' })).toEqual([1, 4]);
    });

    it('is what has one of its categories', async () => {
      expect(await claims(categories, { category: ['y', 'z'] })).toEqual([2, 4]);
    });

    it('is what has no category with __none__', async () => {
      expect(await claims(categories, { category: '__none__' })).toEqual([3]);
    });

    it('is what names this worker, or nobody', async () => {
      const specs = {
        1: { _fworker: 'me' },
        2: { _fworker: 'other' },
        3: { _fworker: null },
        4: { _fworker: ['me'] },
        5: {},
      };
      expect(await claims({ specs }, { name: 'me' })).toEqual([1, 3, 4, 5]);
    });

    it('is what its query matches, also in combination', async () => {
      const specs = {
        1: { n: 1, _category: 'x' },
        2: { n: 5, _category: 'x' },
        3: { n: 6 },
        4: { n: 7, _fworker: 'other' },
      };
      expect(await claims({ specs }, { query: userMap({ 'spec.n': { $gt: 4 } }) })).toEqual([2, 3]);
    });

    it('is what matches one side of a query with $or', async () => {
      const specs = { 1: { n: 1 }, 2: { n: 2 }, 3: { n: 3 }, 4: { n: 1, _fworker: 'other' } };
      const query = userMap({ $or: [{ 'spec.n': 1 }, { 'spec.n': 3 }] });
      expect(await claims({ specs }, { query })).toEqual([1, 3]);
    });

    it('is not what has a task that it cannot import', async () => {
      const specs = {
        1: { _tasks: [{ _fw_name: 'ScriptTask' }, { _fw_name: '{{my.Task}}' }] },
        2: { _tasks: [{ _fw_name: 'ScriptTask' }] },
        3: { _tasks: [{ _fw_name: '{{my.Other}}' }] },
      };
      await add(store(), { specs });
      await register(store(), 'a');
      const answer = await claim(store(), { count: 5, withoutTasks: ['{{my.Task}}', '{{my.Missing}}'] });
      expect(claimed(answer)).toEqual([2, 3]);
      expect(answer.exhausted).toBe(true);
    });

    it('changes when the spec changes', async () => {
      await add(store(), { links: { 1: [2] }, specs: { 2: { _category: 'x' } } });
      await complete(store(), 1, { updateSpec: userMap({ _category: 'y', _priority: 7 }) });
      expect(claimed(await claim(store(), { fworker: fworker({ category: 'x' }) }))).toEqual([]);
      expect(claimed(await claim(store(), { fworker: fworker({ category: 'y' }) }))).toEqual([2]);
    });
  });
}
