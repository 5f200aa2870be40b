import { describe, expect, it } from '@jest/globals';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agentId, chain, fwIds, fworker, independent, newKey, userMap, workflowToAdd } from './samples.ts';
import {
  add,
  claim,
  claimed,
  complete,
  firework,
  launch,
  register,
  reserve,
  run,
  start,
  states,
} from './steps.ts';

export function claimContract(store: CurrentStore): void {
  describe('claiming', () => {
    it('reserves a Firework with a new Launch of this agent', async () => {
      await add(store(), chain);
      await register(store(), 'a');
      const { claims } = await claim(store(), {
        fworker: fworker({ name: 'w' }),
      });
      expect(claims).toHaveLength(1);
      expect(claims[0]).toMatchObject({
        launchId: 1,
        firework: { fwId: 1, state: 'RESERVED', launches: [1], name: 'firework 1' },
        launches: [
          { launchId: 1, fwId: 1, state: 'RESERVED', host: 'host of a', ip: '10.0.0.1', action: null },
        ],
      });
      expect(await firework(store(), 1)).toMatchObject({ state: 'RESERVED', launches: [1] });
      const { history, fworker: worker } = await launch(store(), launchId(1));
      expect(history.map(({ state }) => state)).toEqual(['RESERVED']);
      expect(worker).toMatchObject({ name: 'w' });
    });

    it('gives the whole spec', async () => {
      await add(store(), { specs: { 1: { x: { y: [1, 'z'] } } } });
      await register(store(), 'a');
      const { claims } = await claim(store());
      expect(claims[0]?.firework.spec.get('x')).toEqual(userMap({ y: [1, 'z'] }));
    });

    it('gives a Launch the trackers of the spec, and leaves wrong ones to the worker', async () => {
      const right = { filename: 'out.log', nlines: 3 };
      await add(store(), {
        specs: { 1: { _trackers: [right] }, 2: { _trackers: [{ filename: 'x', nlines: 'many' }] } },
      });
      await register(store(), 'a');
      const claims = [await claim(store(), { fwId: fwId(1) }), await claim(store(), { fwId: fwId(2) })];
      const trackers = claims.flatMap((one) => one.claims.flatMap(({ launches }) => launches[0]?.trackers));
      expect(trackers).toEqual([{ ...right, allowZipped: false }]);
      expect((await launch(store(), launchId(1))).trackers).toEqual(trackers);
    });

    it('draws Launch ids from 1 and never one twice', async () => {
      await add(store(), independent(4));
      await register(store(), 'a');
      const first = await claim(store(), { count: 3 });
      const second = await claim(store());
      expect([...first.claims, ...second.claims].map((one) => one.launchId)).toEqual([1, 2, 3, 4]);
    });

    it('gives at most so many, and says whether more was READY', async () => {
      await add(store(), independent(3));
      await register(store(), 'a');
      const first = await claim(store(), { count: 2 });
      expect([first.claims.length, first.exhausted]).toEqual([2, false]);
      const second = await claim(store(), { count: 2 });
      expect([second.claims.length, second.exhausted]).toEqual([1, true]);
    });

    it('gives nothing when nothing is READY', async () => {
      await register(store(), 'a');
      expect(await claim(store())).toEqual({ claims: [], dupefinders: [], exhausted: true });
    });

    it('names the Fireworks that have a duplicate finder', async () => {
      await add(store(), { specs: { 1: {}, 2: { _dupefinder: { _fw_name: 'DupeFinderExact' } } } });
      await register(store(), 'a');
      expect(await claim(store(), { count: 2 })).toMatchObject({ dupefinders: [2] });
    });

    it('shows earlier Launches that are still active, the new one last', async () => {
      const workflow = workflowToAdd(independent(1));
      await reserve(store(), (await add(store(), independent(1))).size);
      const earlier = { ...(await launch(store(), launchId(1))), state: 'FIZZLED' as const };
      const fireworks = workflow.fireworks.map((one) => ({ ...one, launches: [earlier] }));
      await store().addWorkflows({ key: newKey(), workflows: [{ ...workflow, fireworks }] });
      const { claims } = await claim(store());
      expect(claims[0]?.launches.map(({ launchId: id, state }) => [id, state])).toEqual([
        [2, 'FIZZLED'],
        [3, 'RESERVED'],
      ]);
    });

    it('is refused to an agent that never registered, and nothing is claimed', async () => {
      await add(store(), chain);
      await expect(claim(store(), { agentId: agentId('stranger') })).rejects.toMatchObject({
        code: 'NOT_ALLOWED',
      });
      expect(await states(store())).toMatchObject({ 1: 'READY' });
    });

    it.each([
      ['whatever it is', {}],
      ['that their query matches', { 'spec.n': { $exists: false } }],
    ])('gives each Firework to one of many who ask at once for something, %s', async (_, query) => {
      await add(store(), independent(20));
      await register(store(), 'a', 'b', 'c', 'd');
      const worker = fworker({ query: userMap(query) });
      const asking = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'].map((name) =>
        claim(store(), { agentId: agentId(name), fworker: worker, count: 2 }),
      );
      const ids = (await Promise.all(asking)).flatMap(claimed);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = claimed(await claim(store(), { count: 20 }));
      expect(new Set([...ids, ...rest])).toEqual(
        new Set(fwIds(...Array.from(Array(20), (_one, i) => i + 1))),
      );
    });
  });

  describe('claiming by id', () => {
    it('takes exactly this one, whatever the worker may claim', async () => {
      await add(store(), { specs: { 1: {}, 2: { _category: 'x', _fworker: 'other' } } });
      await register(store(), 'a');
      const answer = await claim(store(), {
        fwId: fwId(2),
        fworker: fworker({ category: 'y', query: userMap({ 'spec.n': 1 }) }),
        withoutTasks: ['ScriptTask'],
      });
      expect(claimed(answer)).toEqual([2]);
    });

    it('takes over the Launch of one that is RESERVED, and only the new agent may start it', async () => {
      await add(store(), chain);
      const launchOfA = await reserve(store(), 1);
      await register(store(), 'b');
      const byId = { agentId: agentId('b'), fwId: fwId(1), leaseSeconds: 0 };
      const { claims } = await claim(store(), { ...byId, fworker: fworker({ name: 'second' }) });
      expect(claims).toMatchObject([{ launchId: launchOfA, firework: { fwId: 1, launches: [launchOfA] } }]);
      expect(await start(store(), launchOfA)).toMatchObject({ outcome: 'refused' });
      expect(await start(store(), launchOfA, { agentId: agentId('b') })).toMatchObject({
        outcome: 'started',
      });
    });

    it('leaves a Launch to another agent that was heard of within its lease', async () => {
      await add(store(), chain);
      const launchOfA = await reserve(store(), 1);
      await register(store(), 'b');
      const answer = await claim(store(), { agentId: agentId('b'), fwId: fwId(1), leaseSeconds: 600 });
      expect(answer.claims).toEqual([]);
      expect(await start(store(), launchOfA)).toMatchObject({ outcome: 'started' });
    });

    it('gives an agent its own Launch again', async () => {
      await add(store(), chain);
      const own = await reserve(store(), 1);
      const { claims } = await claim(store(), { fwId: fwId(1) });
      expect(claims).toMatchObject([{ launchId: own }]);
    });

    it('gives nothing when it is neither READY nor RESERVED', async () => {
      await add(store(), chain);
      await run(store(), 1);
      expect((await claim(store(), { fwId: fwId(1) })).claims).toEqual([]);
      expect((await claim(store(), { fwId: fwId(2) })).claims).toEqual([]);
      expect(await states(store())).toEqual({ 1: 'RUNNING', 2: 'WAITING', 3: 'WAITING' });
    });

    it('says so when there is no such Firework', async () => {
      await register(store(), 'a');
      await expect(claim(store(), { fwId: fwId(12) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('whether there is work for a worker', () => {
    it('is ready when it may claim something', async () => {
      await add(store(), { specs: { 1: { _category: 'x' } } });
      expect(await store().workFor(fworker({ category: 'x' }))).toEqual({ ready: true, later: false });
      expect(await store().workFor(fworker({ category: 'y' }))).toEqual({ ready: false, later: false });
    });

    it('comes later when something that it may run is under way, with a child that waits', async () => {
      await add(store(), chain);
      await reserve(store(), 1);
      expect(await store().workFor(fworker())).toEqual({ ready: false, later: true });
      expect(await store().workFor(fworker({ category: 'y' }))).toEqual({ ready: false, later: false });
    });

    it('does not come from one that is under way and has no child', async () => {
      await add(store(), independent(1));
      await run(store(), 1);
      expect(await store().workFor(fworker())).toEqual({ ready: false, later: false });
    });

    it('does not come when everything is done', async () => {
      await add(store(), independent(1));
      await complete(store(), 1);
      expect(await store().workFor(fworker())).toEqual({ ready: false, later: false });
    });
  });
}
