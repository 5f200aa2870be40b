import { describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { Float } from '@skyrocket/model/user-data';
import { changing, needing, nothing, writing } from './decisions.ts';
import type { CurrentStore } from './fresh-store.ts';
import { action, chain, diamond, fwIds, independent, newKey, userMap } from './samples.ts';
import { add, complete, decide, firework, fizzle, parentTally, reserve, run, states } from './steps.ts';

export function decideContract(store: CurrentStore): void {
  describe('what a decision sees', () => {
    it('is its seeds, with links, tallies and Launches', async () => {
      await add(store(), diamond);
      await complete(store(), 1);
      const reserved = await reserve(store(), 2);
      const { outcome } = await decide(store(), { fwIds: fwIds(2, 4) }, ({ neighbourhood: { nodes } }) =>
        nothing(
          [2, 4].map((id) => ({
            ...nodes.get(fwId(id)),
            workflow: null,
            children: nodes.get(fwId(id))?.children,
          })),
        ),
      );
      const [second, fourth] = outcome;
      expect(second).toMatchObject({
        fwId: 2,
        name: 'firework 2',
        state: 'RESERVED',
        launches: [{ launchId: reserved, fwId: 2, state: 'RESERVED' }],
        archivedLaunches: [],
        children: [4],
        parents: { total: 1, completed: 1, fizzled: 0 },
        allowFizzledParents: false,
        knowsFizzledParents: false,
        dupefinder: false,
      });
      expect(fourth).toMatchObject({
        state: 'WAITING',
        launches: [],
        children: [],
        parents: { total: 2, completed: 0 },
      });
    });

    it('is also the Firework of a Launch among its seeds, and who may report it', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const { outcome } = await decide(store(), { launchIds: [id] }, ({ neighbourhood, launches }) =>
        nothing({ launch: launches.get(id), firework: neighbourhood.nodes.get(fwId(1))?.state }),
      );
      expect(outcome).toEqual({
        launch: {
          launchId: id,
          fwId: 1,
          state: 'RUNNING',
          active: true,
          agentId: 'a',
          token: `token of ${id}`,
        },
        firework: 'RUNNING',
      });
    });

    it('shows no token before the start, and no agent where a file brought the Launch', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const { outcome } = await decide(store(), { launchIds: [id] }, ({ launches }) =>
        nothing(launches.get(id)),
      );
      expect(outcome).toMatchObject({ agentId: 'a', token: null, state: 'RESERVED', active: true });
    });

    it('names ids that no Firework has, and leaves out Launches that are not there', async () => {
      await add(store(), chain);
      const seeds = { fwIds: fwIds(1, 12), launchIds: [launchId(5)] };
      const { outcome } = await decide(store(), seeds, ({ neighbourhood, launches }) =>
        nothing({ absent: [...neighbourhood.absent], launches: launches.size }),
      );
      expect(outcome).toEqual({ absent: [12], launches: 0 });
    });

    it('is more when it asks for more, until it has enough', async () => {
      await add(store(), { ...chain, specs: { 3: { x: new Float(1) } } });
      const { outcome } = await decide(
        store(),
        { fwIds: fwIds(1) },
        ({ neighbourhood: { nodes, specs } }) => {
          if (!nodes.has(fwId(3))) return needing({ nodes: fwIds(3) });
          const spec = specs.get(fwId(3));
          return spec ? nothing(spec.get('x')) : needing({ specs: fwIds(3) });
        },
      );
      expect(outcome).toEqual(new Float(1));
    });

    it('is all descendants, or the whole Workflow, when it asks for these', async () => {
      await add(store(), { links: { 1: [2], 2: [3], 4: [3], 3: [5] } });
      await add(store(), chain);
      const { outcome: below } = await decide(store(), { fwIds: fwIds(2) }, ({ neighbourhood }) =>
        neighbourhood.descendantsOf.has(fwId(2))
          ? nothing([...neighbourhood.nodes.keys()].sort((a, b) => a - b))
          : needing({ descendantsOf: fwIds(2) }),
      );
      expect(below).toEqual([2, 3, 5]);
      const { outcome: whole } = await decide(store(), { fwIds: fwIds(2) }, ({ neighbourhood }) => {
        const workflow = neighbourhood.nodes.get(fwId(2))?.workflow;
        return workflow && !neighbourhood.wholeWorkflows.has(workflow)
          ? needing({ wholeWorkflows: [workflow] })
          : nothing([...neighbourhood.nodes.keys()].sort((a, b) => a - b));
      });
      expect(whole).toEqual([1, 2, 3, 4, 5]);
    });

    it('is what a Launch returned, the empty action where it returned nothing', async () => {
      await add(store(), independent(2));
      const returned = action({
        storedData: userMap({ x: [1, 'y'] }),
        modSpec: [userMap({ _inc: { n: 1 } })],
      });
      const first = await complete(store(), 1, returned);
      const second = await run(store(), 2);
      const ids = [first, second];
      const { outcome } = await decide(store(), { fwIds: fwIds(1, 2) }, ({ neighbourhood: { actions } }) =>
        actions.size === 2 ? nothing(ids.map((id) => actions.get(id))) : needing({ actions: ids }),
      );
      expect(outcome).toEqual([returned, emptyAction()]);
    });

    it('is the FIZZLED parents of a Firework with their documents', async () => {
      await add(store(), { links: { 1: [4], 2: [4], 3: [4] } });
      await complete(store(), 2);
      const launches = [await fizzle(store(), 3), await fizzle(store(), 1)];
      const { outcome } = await decide(store(), { fwIds: fwIds(4) }, ({ neighbourhood }) => {
        const parents = neighbourhood.fizzledParents.get(fwId(4));
        if (!parents) return needing({ fizzledParents: fwIds(4) });
        return nothing(
          parents.map((id) => [id, neighbourhood.documents.get(id)?.launches.map((one) => one.launchId)]),
        );
      });
      expect(outcome).toEqual([
        [1, [launches[1]]],
        [3, [launches[0]]],
      ]);
    });

    it('is a whole Firework with active and archived Launches', async () => {
      await add(store(), chain);
      const old = await run(store(), 1);
      const change = { launches: [], archivedLaunches: [old], state: 'READY' as const };
      await decide(store(), { fwIds: fwIds(1) }, () => changing({ fireworks: new Map([[fwId(1), change]]) }));
      const fresh = await reserve(store(), 1);
      const { outcome } = await decide(store(), { fwIds: fwIds(1) }, ({ neighbourhood: { documents } }) => {
        const whole = documents.get(fwId(1));
        if (!whole) return needing({ documents: fwIds(1) });
        return nothing({
          spec: whole.firework.spec.has('_tasks'),
          active: whole.launches.map((one) => one.launchId),
          archived: whole.archivedLaunches.map((one) => one.launchId),
        });
      });
      expect(outcome).toEqual({ spec: true, active: [fresh], archived: [old] });
    });

    it('is one moment of the launchpad', async () => {
      const { outcome } = await decide(store(), {}, ({ now }) => nothing(now));
      expect(Math.abs(Date.parse(outcome) - Date.now())).toBeLessThan(60_000);
    });
  });

  describe('a decision that fails', () => {
    it('rejects with what it threw, and nothing is changed', async () => {
      await add(store(), chain);
      const mistake = new Error('no such thing');
      const thrower = () => {
        throw mistake;
      };
      await expect(decide(store(), { fwIds: fwIds(1) }, thrower)).rejects.toBe(mistake);
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    });

    it('leaves the key unused, so that it may be tried again', async () => {
      await add(store(), chain);
      const request = { key: newKey(), seeds: { fwIds: fwIds(1), launchIds: [] }, answer: () => 'done' };
      await expect(
        store().decide(request, () => {
          throw new Error('not now');
        }),
      ).rejects.toThrow('not now');
      const again = await store().decide(request, () => writing(1, { state: 'PAUSED' }));
      expect(again).toMatchObject({ repeated: false });
      expect(await states(store())).toMatchObject({ 1: 'PAUSED' });
    });
  });

  describe('decisions that come at once', () => {
    it('see what those before them did', async () => {
      await add(store(), { specs: { 1: { n: 0 } } });
      const increment = () =>
        decide(store(), { fwIds: fwIds(1) }, ({ neighbourhood: { specs } }) => {
          const spec = specs.get(fwId(1));
          if (!spec) return needing({ specs: fwIds(1) });
          return writing(1, { spec: { set: userMap({ n: Number(spec.get('n')) + 1 }), unset: [] } });
        });
      await Promise.all(Array.from({ length: 20 }, increment));
      expect((await firework(store(), 1)).spec.get('n')).toBe(20);
    });
  });

  describe('parts of a request', () => {
    const all = (parts: { seeds: { fwIds: number[]; launchIds: LaunchId[] } }[]) => ({
      fwIds: parts.flatMap(({ seeds }) => seeds.fwIds).sort((a, b) => a - b),
      launchIds: parts.flatMap(({ seeds }) => seeds.launchIds).sort((a, b) => a - b),
    });

    it('hold every seed once, unknown ones too', async () => {
      await add(store(), chain);
      await add(store(), chain);
      const launch = await run(store(), 4);
      const parts = await store().parts({ fwIds: fwIds(6, 1, 3, 99), launchIds: [launch, launchId(77)] });
      expect(all(parts)).toEqual({ fwIds: [1, 3, 6, 99], launchIds: [launch, 77] });
      expect(new Set(parts.map(({ name }) => name)).size).toBe(parts.length);
    });

    it('are the same when the same request is made again', async () => {
      await add(store(), chain);
      await add(store(), chain);
      const seeds = { fwIds: fwIds(4, 1), launchIds: [] };
      const before = await store().parts(seeds);
      await complete(store(), 1);
      expect(await store().parts(seeds)).toEqual(before);
    });
  });

  describe('the hint at what is expected', () => {
    it('changes nothing but what is loaded first', async () => {
      await add(store(), { links: { 1: [2, 3] } });
      const request = { key: null, seeds: { fwIds: fwIds(1), launchIds: [] }, answer: () => '' };
      const decision = () => writing(1, { state: 'COMPLETED' });
      await store().decide({ ...request, expect: 'children' }, decision);
      expect(await parentTally(store(), 2)).toEqual({ total: 1, completed: 1, fizzled: 0 });
    });
  });
}
