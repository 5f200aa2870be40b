import { describe, expect, it } from '@jest/globals';
import type { FWAction } from '@skyrocket/model/action';
import { fizzleLostLaunches } from '@skyrocket/model/decisions/lost-launches';
import { releaseLaunches } from '@skyrocket/model/decisions/release';
import { rerun } from '@skyrocket/model/decisions/rerun';
import type { LaunchId } from '@skyrocket/model/ids';
import { float, isUserMap, type UserMap } from '@skyrocket/model/user-data';
import { nothing } from './decisions.ts';
import type { CurrentStore } from './fresh-store.ts';
import { action, chain, diamond, fwIds, newWorkflow, userMap } from './samples.ts';
import {
  add,
  complete,
  decide,
  end,
  endedOn,
  firework,
  fizzle,
  launch,
  reserve,
  run,
  states,
  workflowState,
} from './steps.ts';

export function reportContract(store: CurrentStore): void {
  const specOf = async (id: number): Promise<UserMap> => {
    const { spec } = await firework(store(), id);
    return new Map([...spec].filter(([key]) => key !== '_tasks'));
  };

  describe('a Launch that ends', () => {
    it('completes its Firework, and the children whose parents are all done become READY', async () => {
      await add(store(), diamond);
      await complete(store(), 1);
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'READY', 4: 'WAITING' });
      await complete(store(), 2);
      expect(await states(store())).toMatchObject({ 4: 'WAITING' });
      await complete(store(), 3);
      expect(await states(store())).toMatchObject({ 4: 'READY' });
    });

    it('completes the Workflow with the last leaf', async () => {
      await add(store(), chain);
      for (const id of [1, 2]) await complete(store(), id);
      expect(await workflowState(store(), 1)).toBe('RUNNING');
      await complete(store(), 3);
      expect(await workflowState(store(), 1)).toBe('COMPLETED');
    });

    it('is kept with what it returned and when it ended', async () => {
      await add(store(), chain);
      const storedData = userMap({ energy: float(-1), nested: { list: [1, 2.5, null] } });
      const id = await complete(store(), 1, { storedData });
      const { history, ...stored } = await launch(store(), id);
      expect(stored).toMatchObject({ state: 'COMPLETED', action: action({ storedData }) });
      expect(history.at(-1)).toMatchObject({ state: 'COMPLETED', createdOn: endedOn });
    });

    it('fizzles its Firework and Workflow, and the children wait', async () => {
      await add(store(), chain);
      await fizzle(store(), 1);
      expect(await states(store())).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
      expect(await workflowState(store(), 1)).toBe('FIZZLED');
    });

    it('lets a child run that allows FIZZLED parents, and tells it which they are', async () => {
      await add(store(), { links: { 1: [3], 2: [3] }, specs: { 3: { _allow_fizzled_parents: true } } });
      await fizzle(store(), 2);
      await complete(store(), 1);
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'FIZZLED', 3: 'READY' });
      const parents = (await specOf(3)).get('_fizzled_parents');
      const named = Array.isArray(parents)
        ? parents.filter(isUserMap).map((parent) => parent.get('fw_id'))
        : [];
      expect(named).toEqual([2]);
    });

    it('counts once, however often it is told', async () => {
      await add(store(), { links: { 1: [2] }, specs: { 2: { n: 0 } } });
      const id = await run(store(), 1);
      const told = { action: action({ modSpec: [userMap({ _inc: { n: 1 } })] }) };
      expect(await end(store(), id, told)).toEqual({ launchId: id, outcome: 'applied' });
      expect(await end(store(), id, told)).toEqual({ launchId: id, outcome: 'already-applied' });
      expect((await specOf(2)).get('n')).toBe(1);
    });

    it('does not undo a rerun that came before it', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      await decide(store(), { fwIds: fwIds(1) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(1) }));
      expect(await end(store(), id)).toMatchObject({ outcome: 'late' });
      expect(await firework(store(), 1)).toMatchObject({
        state: 'READY',
        launches: [],
        archivedLaunches: [id],
      });
      expect(await states(store())).toMatchObject({ 2: 'WAITING' });
    });

    it('is given back with its reason, and the Firework is READY again', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const { outcome } = await decide(store(), { launchIds: [id] }, (view) => {
        const found = view.launches.get(id);
        const launches = found
          ? [{ launchId: id, fwId: found.fwId, recorded: found.state, reason: 'no room' }]
          : [];
        return releaseLaunches(view.neighbourhood, { launches, now: view.now });
      });
      expect(outcome).toEqual({ released: [id], paused: [] });
      expect(await firework(store(), 1)).toMatchObject({
        state: 'READY',
        launches: [],
        archivedLaunches: [id],
      });
      expect(await launch(store(), id)).toMatchObject({
        state: 'READY',
        action: { storedData: userMap({ _message: 'no room' }) },
      });
    });

    const lose = (id: LaunchId, afterwards: 'stop' | 'rerun') =>
      decide(store(), { launchIds: [id] }, (view) => {
        const found = view.launches.get(id);
        if (!found) return nothing({ lost: [] });
        const launches = [
          { launchId: id, fwId: found.fwId, recorded: found.state, reason: 'gone', afterwards },
        ];
        return fizzleLostLaunches(view.neighbourhood, { launches, now: view.now });
      });

    it('is FIZZLED when its worker is lost, and completes after all when that comes back', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      await lose(id, 'stop');
      expect(await states(store())).toMatchObject({ 1: 'FIZZLED', 2: 'WAITING' });
      expect(await end(store(), id)).toMatchObject({ outcome: 'applied' });
      expect(await states(store())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
    });

    it('runs again when policy says so', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const { outcome } = await lose(id, 'rerun');
      expect(outcome).toMatchObject({ lost: [{ launchId: id, fwId: 1, reran: true }] });
      expect(await firework(store(), 1)).toMatchObject({
        state: 'READY',
        launches: [],
        archivedLaunches: [id],
      });
    });
  });

  describe('the action of a completed Launch', () => {
    const apply = async (members: Partial<FWAction>, sketch = chain) => {
      await add(store(), sketch);
      await complete(store(), 1, members);
    };

    it('updates the specs of the children', async () => {
      await apply({ updateSpec: userMap({ x: float(1) }) });
      expect([await specOf(1), await specOf(2), await specOf(3)]).toEqual([
        userMap({}),
        userMap({ x: float(1) }),
        userMap({}),
      ]);
    });

    it('modifies the specs of the children, one operator after another', async () => {
      await apply({
        updateSpec: userMap({ list: [1] }),
        modSpec: [userMap({ _push: { list: 2 }, _set: { 'a->b': true } }), userMap({ _inc: { n: 5 } })],
      });
      expect(await specOf(2)).toEqual(userMap({ list: [1, 2], a: { b: true }, n: 5 }));
    });

    it('reaches all descendants with propagate', async () => {
      await apply({ updateSpec: userMap({ x: 1 }), propagate: true });
      expect([await specOf(2), await specOf(3)]).toEqual([userMap({ x: 1 }), userMap({ x: 1 })]);
    });

    it('adds children', async () => {
      await apply({ additions: [newWorkflow({ links: { [-1]: [-2] }, specs: { [-1]: { n: 1 } } })] });
      // Ids are drawn for the most negative first.
      expect(await states(store())).toMatchObject({ 2: 'READY', 4: 'WAITING', 5: 'READY' });
      expect((await specOf(5)).get('n')).toBe(1);
    });

    it('puts a detour between the Firework and its children', async () => {
      await apply({ detours: [newWorkflow({ specs: { [-1]: {} } })] });
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'WAITING', 3: 'WAITING', 4: 'READY' });
      await complete(store(), 4);
      expect(await states(store())).toMatchObject({ 2: 'READY' });
    });

    it('appends below further parents, and what is new receives their spec edits', async () => {
      const workflow = newWorkflow({ specs: { [-1]: {} } });
      await apply(
        { appendWorkflows: [{ workflow, detour: false, parents: fwIds(2) }], updateSpec: userMap({ x: 1 }) },
        { links: { 1: [3], 2: [3] } },
      );
      expect(await states(store())).toMatchObject({ 3: 'WAITING', 4: 'WAITING' });
      await complete(store(), 2);
      expect(await states(store())).toMatchObject({ 3: 'READY', 4: 'READY' });
      expect((await specOf(4)).get('x')).toBe(1);
    });

    it('defuses the children', async () => {
      await apply({ defuseChildren: true }, diamond);
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'DEFUSED', 3: 'DEFUSED', 4: 'WAITING' });
      expect(await workflowState(store(), 1)).toBe('DEFUSED');
    });

    it('defuses the whole Workflow', async () => {
      await apply({ defuseWorkflow: true }, { links: { 1: [2], 3: [4] } });
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'DEFUSED', 3: 'DEFUSED', 4: 'DEFUSED' });
    });

    it('is not applied at all when a part of it is bad: the Firework is FIZZLED for this reason', async () => {
      await add(store(), { links: { 1: [2, 3] }, specs: { 2: { list: [] }, 3: { list: 'text' } } });
      const id = await run(store(), 1);
      const told = await end(store(), id, { action: action({ modSpec: [userMap({ _push: { list: 1 } })] }) });
      expect(told).toMatchObject({ outcome: 'fizzled', reason: expect.any(String) });
      expect(await states(store())).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
      expect((await specOf(2)).get('list')).toEqual([]);
      expect(await launch(store(), id)).toMatchObject({ state: 'COMPLETED' });
    });
  });

  describe('a Launch that was only reserved', () => {
    it('may end all the same, when its start was never told', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      expect(await end(store(), id)).toMatchObject({ outcome: 'applied' });
      expect(await states(store())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
    });
  });
}
