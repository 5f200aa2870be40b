import { describe, expect, it } from '@jest/globals';
import type { FindFireworks, FindWorkflows } from '@skyrocket/contract/questions';
import type { Store } from '@skyrocket/launchpad/store/store';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { action, chain, diamond, fwIds, independent, newKey, userMap, workflowToAdd } from './samples.ts';
import { add, complete, fizzle, reserve, run } from './steps.ts';

export function queryContract(store: CurrentStore): void {
  describe('finding Fireworks', () => {
    /** Ids of the Fireworks found, in the order in which they are given. */
    const found = async (request: Omit<FindFireworks, 'fields'>): Promise<number[]> => {
      const { fireworks } = await store().findFireworks({ fields: 'ids', ...request });
      return fireworks.map(({ fwId }) => fwId);
    };
    const matching = (filter: Record<string, unknown>) => found({ filter: userMap(filter) });

    it('finds all of them by id when nothing is asked', async () => {
      await add(store(), diamond);
      expect(await found({})).toEqual([1, 2, 3, 4]);
    });

    it('finds nothing in an empty launchpad', async () => {
      expect(await store().findFireworks({ fields: 'all' })).toEqual({ count: 0, fireworks: [] });
    });

    it('finds those of some ids, each once, by id; unknown ones are left out', async () => {
      await add(store(), diamond);
      expect(await found({ fwIds: fwIds(4, 99, 2, 4) })).toEqual([2, 4]);
      expect(await found({ fwIds: [] })).toEqual([]);
    });

    it('takes filters on the fields of the document', async () => {
      await add(store(), diamond);
      expect(await matching({ state: 'WAITING' })).toEqual([2, 3, 4]);
      expect(await matching({ state: { $in: ['READY', 'RUNNING'] } })).toEqual([1]);
      expect(await matching({ state: { $ne: 'WAITING' } })).toEqual([1]);
      expect(await matching({ fw_id: { $gt: 1, $lte: 3 } })).toEqual([2, 3]);
      expect(await matching({ name: 'firework 2' })).toEqual([2]);
      expect(await matching({ name: { $regex: '[34]$' } })).toEqual([3, 4]);
      expect(await matching({ name: null })).toEqual([]);
    });

    it('takes filters that reach into specs', async () => {
      await addPeople(store());
      expect(await matching({ 'spec.age': { $gte: 30 } })).toEqual([1, 3]);
      expect(await matching({ 'spec.age': 30 })).toEqual([1]);
      expect(await matching({ 'spec.age': { $exists: false } })).toEqual([4]);
      expect(await matching({ 'spec.tags': 'b' })).toEqual([1, 2]);
      expect(await matching({ 'spec.address.city': 'Delft' })).toEqual([2]);
      expect(await matching({ 'spec.tags': { $size: 2 } })).toEqual([1]);
    });

    it('joins conditions', async () => {
      await addPeople(store());
      expect(await matching({ $or: [{ fw_id: 4 }, { 'spec.age': { $lt: 30 } }] })).toEqual([2, 4]);
      expect(await matching({ $and: [{ fw_id: { $ne: 2 } }, { 'spec.tags': 'b' }] })).toEqual([1]);
      expect(await matching({ $nor: [{ fw_id: 1 }, { fw_id: 2 }] })).toEqual([3, 4]);
      expect(await matching({ 'spec.age': { $not: { $gt: 29 } } })).toEqual([2, 4]);
      expect(await found({ fwIds: fwIds(1, 2), filter: userMap({ 'spec.age': { $gt: 29 } }) })).toEqual([1]);
    });

    it('tells no number from an equal one of another kind, and no text is a number', async () => {
      await add(store(), {
        specs: { 1: { x: 1 }, 2: { x: 1.5 }, 3: { x: '1' }, 4: { x: null }, 5: { x: true } },
      });
      expect(await matching({ 'spec.x': 1 })).toEqual([1]);
      expect(await matching({ 'spec.x': { $gte: 1 } })).toEqual([1, 2]);
      expect(await matching({ 'spec.x': null })).toEqual([4]);
    });

    it('finds by category, worker and priority as by any other key', async () => {
      await add(store(), {
        specs: { 1: { _category: 'a' }, 2: { _category: ['a', 'b'] }, 3: { _fworker: 'w' } },
      });
      expect(await matching({ 'spec._category': 'a' })).toEqual([1, 2]);
      expect(await matching({ 'spec._category': { $exists: false } })).toEqual([3]);
      expect(await matching({ 'spec._fworker': 'w', state: 'READY' })).toEqual([3]);
      expect(await matching({ 'spec._fworker': 'w', state: 'WAITING' })).toEqual([]);
    });

    it('finds those of which an active Launch matches', async () => {
      await add(store(), independent(3));
      await reserve(store(), 1);
      await run(store(), 2);
      const byLaunch = (filter: Record<string, unknown>) => found({ launchFilter: userMap(filter) });
      expect(await byLaunch({ state: 'RUNNING' })).toEqual([2]);
      expect(await byLaunch({ host: 'node01' })).toEqual([2]);
      expect(await byLaunch({ 'fworker.name': 'worker' })).toEqual([1, 2]);
      expect(await byLaunch({ launch_id: 1 })).toEqual([1]);
      expect(await byLaunch({ state: 'COMPLETED' })).toEqual([]);
    });

    it('finds those whose Workflow matches', async () => {
      await add(store(), { ...chain, metadata: { project: 'x' } });
      await add(store(), { ...diamond, metadata: { project: 'y' } });
      const byWorkflow = (filter: Record<string, unknown>) => found({ workflowFilter: userMap(filter) });
      expect(await byWorkflow({ name: 'chain' })).toEqual([1, 2, 3]);
      expect(await byWorkflow({ 'metadata.project': 'y' })).toEqual([4, 5, 6, 7]);
      expect(await byWorkflow({ nodes: 5 })).toEqual([4, 5, 6, 7]);
      expect(await byWorkflow({ state: 'FIZZLED' })).toEqual([]);
    });

    it('finds the one that holds a reservation', async () => {
      const workflow = workflowToAdd(independent(2));
      const [first, second] = workflow.fireworks;
      if (!first || !second) throw new Error('two Fireworks are needed');
      await reserve(store(), await onlyFirework(store()));
      const [reserved] = await store().findLaunches([launchId(1)]);
      if (!reserved) throw new Error('a Launch is needed');
      const history = reserved.history.map((entry) => ({ ...entry, reservationId: 'job 17' }));
      const launches = [{ ...reserved, history }];
      const fireworks = [first, { ...second, launches }];
      await store().addWorkflows({ key: newKey(), workflows: [{ ...workflow, fireworks }] });
      expect(await found({ reservationId: 'job 17' })).toEqual([3]);
      expect(await found({ reservationId: 'job 1' })).toEqual([]);
    });

    it('limits what it gives and what it counts; 0 is no limit', async () => {
      await add(store(), independent(5));
      expect(await found({ limit: 2 })).toEqual([1, 2]);
      expect(await found({ limit: 0 })).toHaveLength(5);
      expect(await found({ limit: 2, filter: userMap({ 'spec._category': { $exists: false } }) })).toEqual([
        1, 2,
      ]);
      expect((await store().findFireworks({ fields: 'count', limit: 3 })).count).toBe(3);
    });

    it('sorts by a moment, oldest or newest first', async () => {
      await add(store(), independent(3));
      await complete(store(), 2);
      const newest = { field: 'updated_on', direction: 'descending' } as const;
      const oldest = { field: 'updated_on', direction: 'ascending' } as const;
      expect((await found({ sort: newest }))[0]).toBe(2);
      expect((await found({ sort: oldest }))[2]).toBe(2);
      expect(await found({ sort: newest, limit: 1 })).toEqual([2]);
    });

    it('counts without giving anything', async () => {
      await add(store(), diamond);
      expect(await store().findFireworks({ fields: 'count' })).toEqual({ count: 4, fireworks: [] });
      const filter = userMap({ state: 'WAITING' });
      expect(await store().findFireworks({ fields: 'count', filter })).toEqual({ count: 3, fireworks: [] });
      const inSpec = userMap({ 'spec.x': { $exists: false } });
      expect((await store().findFireworks({ fields: 'count', filter: inSpec })).count).toBe(4);
    });

    it('gives as much of each as is asked for', async () => {
      await add(store(), { specs: { 1: { x: 1 } } });
      const stored = action({ storedData: userMap({ energy: 1 }) });
      const launch = await complete(store(), 1, stored);
      const look = async (fields: FindFireworks['fields']) => {
        const [one] = (await store().findFireworks({ fields })).fireworks;
        return {
          spec: one?.spec.get('x'),
          launches: one?.launches,
          records: one?.launchRecords.map(({ launchId: id, action: result }) => [id, result]),
        };
      };
      expect(await look('summary')).toEqual({ spec: undefined, launches: [launch], records: [] });
      expect(await look('launches')).toEqual({
        spec: undefined,
        launches: [launch],
        records: [[launch, stored]],
      });
      expect(await look('all')).toEqual({ spec: 1, launches: [launch], records: [[launch, stored]] });
    });

    it('refuses an operator that cannot be used like this', async () => {
      await add(store(), chain);
      const filter = userMap({ 'spec.x': { $in: 'not a list' } });
      await expect(store().findFireworks({ fields: 'ids', filter })).rejects.toMatchObject({
        code: 'BAD_QUERY',
      });
    });
  });

  describe('finding Workflows', () => {
    /** The smallest fw_id of each Workflow found. */
    const found = async (request: Omit<FindWorkflows, 'fields'>): Promise<(number | undefined)[]> => {
      const { workflows } = await store().findWorkflows({ fields: 'ids', ...request });
      return workflows.map(({ nodes }) => nodes[0]);
    };

    it('finds those that hold any of some Fireworks, each once', async () => {
      await add(store(), chain);
      await add(store(), diamond);
      await add(store(), chain);
      expect(await found({ fwIds: fwIds(2, 3, 9, 99) })).toEqual([1, 8]);
      expect(await found({})).toEqual([1, 4, 8]);
    });

    it('takes filters on name, state, metadata and members', async () => {
      await add(store(), { ...chain, metadata: { tags: ['x', 'y'] } });
      await add(store(), diamond);
      await fizzle(store(), 4);
      expect(await found({ filter: userMap({ name: 'diamond' }) })).toEqual([4]);
      expect(await found({ filter: userMap({ state: 'FIZZLED' }) })).toEqual([4]);
      expect(await found({ filter: userMap({ 'metadata.tags': 'y' }) })).toEqual([1]);
      expect(await found({ filter: userMap({ nodes: 6 }) })).toEqual([4]);
      expect(await found({ filter: userMap({ 'fw_states.4': 'FIZZLED' }) })).toEqual([4]);
      expect(await found({ filter: userMap({ $or: [{ nodes: 1 }, { nodes: 7 }] }) })).toEqual([1, 4]);
    });

    it('sorts, limits and counts', async () => {
      for (let i = 0; i < 3; i += 1) await add(store(), chain);
      await complete(store(), 4);
      const sort = { field: 'updated_on', direction: 'descending' } as const;
      expect(await found({ sort, limit: 1 })).toEqual([4]);
      expect((await store().findWorkflows({ fields: 'count' })).count).toBe(3);
      expect((await store().findWorkflows({ fields: 'count', limit: 2 })).count).toBe(2);
    });

    it('gives the Launches of each Firework, without what they returned', async () => {
      await add(store(), chain);
      const launch = await complete(store(), 1);
      const { workflows } = await store().findWorkflows({ fields: 'launches' });
      const launches = workflows[0]?.launches;
      expect(launches?.get(fwId(1))).toMatchObject([{ launchId: launch, state: 'COMPLETED' }]);
      expect(launches?.get(fwId(1))?.[0]).not.toHaveProperty('action');
      expect(launches?.get(fwId(2))).toEqual([]);
    });
  });

  describe('finding Launches', () => {
    it('gives them in the order of the ids; unknown ones are left out', async () => {
      await add(store(), independent(3));
      for (const id of [1, 2, 3]) await reserve(store(), id);
      const launches = await store().findLaunches([3, 9, 1].map(launchId));
      expect(launches.map(({ launchId: id, fwId }) => [id, fwId])).toEqual([
        [3, 3],
        [1, 1],
      ]);
    });

    it('tells where they are without reading all of them', async () => {
      await add(store(), independent(3));
      for (const id of [1, 2, 3]) await reserve(store(), id);
      const places = await store().findLaunchPlaces([3, 9, 1].map(launchId));
      const whole = await store().findLaunches([3, 1].map(launchId));
      expect(places).toEqual(
        whole.map(({ launchId, fwId, state, launchDir, fworker }) => ({
          ...{ launchId, fwId, state, launchDir },
          fworker: fworker.name,
        })),
      );
    });
  });
}

async function onlyFirework(store: Store): Promise<number> {
  await add(store, independent(1));
  return 1;
}

async function addPeople(store: Store): Promise<void> {
  await add(store, {
    specs: {
      1: { age: 30, tags: ['a', 'b'] },
      2: { age: 29, tags: ['b'], address: { city: 'Delft' } },
      3: { age: 30.5 },
      4: { address: 'none' },
    },
  });
}
