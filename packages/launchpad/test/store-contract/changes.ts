import { describe, expect, it } from '@jest/globals';
import type { AddedFirework, FireworkChange } from '@skyrocket/model/change';
import { fwId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { Float, type UserValue } from '@skyrocket/model/user-data';
import { changing, nothing, writing } from './decisions.ts';
import type { CurrentStore } from './fresh-store.ts';
import { action, chain, diamond, fwIds, independent, newWorkflow, type Sketch, userMap } from './samples.ts';
import {
  add,
  claim,
  claimed,
  complete,
  decide,
  firework,
  launch,
  parentTally,
  register,
  run,
  states,
  workflowState,
} from './steps.ts';

export function changeContract(store: CurrentStore): void {
  describe('what a decision writes', () => {
    const write = (id: number, members: FireworkChange) =>
      decide(store(), { fwIds: fwIds(id) }, () => writing(id, members));

    it('changes states, and nothing else of the Firework', async () => {
      await add(store(), { ...chain, specs: { 1: { x: 1 } } });
      const before = await firework(store(), 1);
      await write(1, { state: 'PAUSED' });
      const { updatedOn, ...after } = await firework(store(), 1);
      expect(after).toEqual({ ...before, state: 'PAUSED', updatedOn: undefined });
      expect(updatedOn >= before.updatedOn).toBe(true);
    });

    it('sets and unsets keys of a spec; those that stay keep their place', async () => {
      await add(store(), { specs: { 1: { a: 1, b: 2, c: 3 } } });
      const set = new Map<string, UserValue>([
        ['b', new Float(2)],
        ['d', [4]],
      ]);
      await write(1, { spec: { set, unset: ['a', 'unknown'] } });
      expect([...(await firework(store(), 1)).spec].slice(1)).toEqual([
        ['b', new Float(2)],
        ['c', 3],
        ['d', [4]],
      ]);
    });

    it('moves a key that is unset and set again to the end', async () => {
      await add(store(), { specs: { 1: { a: 1, b: 2 } } });
      await write(1, { spec: { set: userMap({ a: 9 }), unset: ['a'] } });
      expect([...(await firework(store(), 1)).spec].slice(1)).toEqual([
        ['b', 2],
        ['a', 9],
      ]);
    });

    it('brings up to date what claims and decisions read of a spec', async () => {
      await add(store(), independent(2));
      const spec = userMap({
        _allow_fizzled_parents: true,
        _fizzled_parents: [],
        _dupefinder: {},
        _category: 'x',
      });
      await write(2, { spec: { set: spec, unset: [] } });
      const { outcome } = await decide(store(), { fwIds: fwIds(2) }, ({ neighbourhood: { nodes } }) => {
        const node = nodes.get(fwId(2));
        return nothing([node?.allowFizzledParents, node?.knowsFizzledParents, node?.dupefinder]);
      });
      expect(outcome).toEqual([true, true, true]);
      await register(store(), 'a');
      const worker = { name: 'w', category: 'x', query: new Map(), env: new Map() };
      expect(claimed(await claim(store(), { fworker: worker, count: 2 }))).toEqual([2]);
    });

    it('adds Fireworks with their links; ids are drawn in their order and told', async () => {
      await add(store(), chain);
      await add(store(), independent(1));
      const links = [
        { parent: fwId(2), child: fwId(-1) },
        { parent: fwId(-1), child: fwId(-2) },
        { parent: fwId(-2), child: fwId(3) },
      ];
      const { ids } = await decide(store(), { fwIds: fwIds(2) }, () =>
        changing({ added: joining(2, { specs: { [-1]: { n: 1 }, [-2]: { n: 2 } } }), links }),
      );
      expect([...ids]).toEqual([
        [-1, 5],
        [-2, 6],
      ]);
      const { workflows } = await store().findWorkflows({ fwIds: fwIds(5), fields: 'summary' });
      expect(workflows[0]?.nodes).toEqual([1, 2, 3, 5, 6]);
      expect(workflows[0]?.links).toEqual(
        new Map([
          [1, [2]],
          [2, [3, 5]],
          [3, []],
          [5, [6]],
          [6, [3]],
        ]),
      );
      expect((await firework(store(), 6)).spec.get('n')).toBe(2);
    });

    it('gives added Fireworks the state that was decided, and counts their parents', async () => {
      await add(store(), chain);
      await complete(store(), 1);
      const added = joining(1, { specs: { [-1]: {} } }).map((one) => ({
        ...one,
        firework: { ...one.firework, state: 'READY' as const },
      }));
      const links = [{ parent: fwId(1), child: fwId(-1) }];
      await decide(store(), { fwIds: fwIds(1) }, () => changing({ added, links }));
      expect(await states(store())).toMatchObject({ 4: 'READY' });
      expect(await parentTally(store(), 4)).toEqual({ total: 1, completed: 1, fizzled: 0 });
    });

    it('changes Launches: state, history, action, directory, trackers', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const now = timestamp(Date.UTC(2031, 0, 1));
      const checkpoint = { taskIndex: 2, storedData: userMap({ a: 1 }), updateSpec: new Map(), modSpec: [] };
      const trackers = [{ filename: 'log', nlines: 3, allowZipped: false, content: 'tail' }];
      const returned = action({ storedData: userMap({ energy: new Float(-3) }) });
      const launches = new Map([
        [
          id,
          {
            state: 'FIZZLED' as const,
            ping: { updatedOn: now, checkpoint },
            entry: { state: 'FIZZLED' as const, createdOn: now },
            action: returned,
            launchDir: '/elsewhere',
            trackers,
          },
        ],
      ]);
      await decide(store(), { launchIds: [id] }, () => changing({ launches }));
      const { history, ...stored } = await launch(store(), id);
      expect(stored).toMatchObject({ state: 'FIZZLED', action: returned, launchDir: '/elsewhere', trackers });
      expect(history).toMatchObject([
        { state: 'RESERVED' },
        { state: 'RUNNING', updatedOn: now, checkpoint },
        { state: 'FIZZLED', createdOn: now, checkpoint },
      ]);
    });

    it('takes an action away with null, and leaves it with nothing', async () => {
      await add(store(), chain);
      const id = await complete(store(), 1, { storedData: userMap({ a: 1 }) });
      await decide(store(), { launchIds: [id] }, () =>
        changing({ launches: new Map([[id, { launchDir: '/x' }]]) }),
      );
      expect((await launch(store(), id)).action).not.toBeNull();
      await decide(store(), { launchIds: [id] }, () =>
        changing({ launches: new Map([[id, { action: null }]]) }),
      );
      expect((await launch(store(), id)).action).toBeNull();
    });

    it('keeps which Launches are active and which archived', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      await write(1, { launches: [], archivedLaunches: [id] });
      expect(await firework(store(), 1)).toMatchObject({ launches: [], archivedLaunches: [id] });
      const { outcome } = await decide(store(), { launchIds: [id] }, ({ launches }) =>
        nothing(launches.get(id)?.active),
      );
      expect(outcome).toBe(false);
    });

    it("keeps the parents' tallies of the children", async () => {
      await add(store(), { links: { 1: [3], 2: [3] } });
      const steps = [
        [1, 'COMPLETED', { total: 2, completed: 1, fizzled: 0 }],
        [2, 'FIZZLED', { total: 2, completed: 1, fizzled: 1 }],
        [2, 'COMPLETED', { total: 2, completed: 2, fizzled: 0 }],
        [1, 'FIZZLED', { total: 2, completed: 1, fizzled: 1 }],
        [1, 'WAITING', { total: 2, completed: 1, fizzled: 0 }],
        [1, 'PAUSED', { total: 2, completed: 1, fizzled: 0 }],
      ] as const;
      for (const [id, state, tally] of steps) {
        await write(id, { state });
        expect(await parentTally(store(), 3)).toEqual(tally);
      }
    });

    it('keeps the state of the Workflow', async () => {
      await add(store(), { links: { 1: [2, 3] } });
      const steps = [
        [1, 'RESERVED', 'RESERVED'],
        [1, 'RUNNING', 'RUNNING'],
        [1, 'FIZZLED', 'FIZZLED'],
        [1, 'COMPLETED', 'RUNNING'],
        [2, 'PAUSED', 'PAUSED'],
        [3, 'DEFUSED', 'DEFUSED'],
        [3, 'COMPLETED', 'PAUSED'],
        [2, 'COMPLETED', 'COMPLETED'],
        [1, 'ARCHIVED', 'COMPLETED'],
        [3, 'WAITING', 'RUNNING'],
      ] as const;
      for (const [id, state, expected] of steps) {
        await write(id, { state });
        expect([id, state, await workflowState(store(), 1)]).toEqual([id, state, expected]);
      }
    });

    it('calls a Workflow RUNNING whose FIZZLED Fireworks stop nobody', async () => {
      await add(store(), { links: { 1: [2] }, specs: { 2: { _allow_fizzled_parents: true } } });
      await write(1, { state: 'FIZZLED' });
      expect(await workflowState(store(), 1)).toBe('RUNNING');
      await write(2, { spec: { set: new Map(), unset: ['_allow_fizzled_parents'] } });
      expect(await workflowState(store(), 1)).toBe('FIZZLED');
    });

    it('renews updated_on of the Workflow, also when only a spec changes', async () => {
      await add(store(), chain);
      const moment = async () =>
        (await store().findWorkflows({ fields: 'summary' })).workflows[0]?.updatedOn ?? '';
      const before = await moment();
      let n = 0;
      while ((await moment()) === before) {
        n += 1;
        await write(1, { spec: { set: userMap({ n }), unset: [] } });
      }
      expect((await moment()) > before).toBe(true);
    });

    it('keeps the counts by state', async () => {
      await add(store(), diamond);
      await write(1, { state: 'RUNNING' });
      await write(2, { state: 'RUNNING' });
      const count = async (state: string) =>
        (await store().findFireworks({ fields: 'count', filter: userMap({ state }) })).count;
      expect([await count('RUNNING'), await count('READY'), await count('WAITING')]).toEqual([2, 0, 2]);
    });
  });
}

/** Fireworks that join the Workflow of a stored one, most recently numbered last. */
function joining(home: number, sketch: Sketch): AddedFirework[] {
  const { fireworks } = newWorkflow(sketch);
  return fireworks.sort((a, b) => b.fwId - a.fwId).map((one) => ({ firework: one, joins: fwId(home) }));
}
