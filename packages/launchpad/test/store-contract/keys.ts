import { describe, expect, it } from '@jest/globals';
import { appendWorkflow } from '@skyrocket/model/decisions/append-workflow';
import { pause } from '@skyrocket/model/decisions/pause';
import { fwId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { chain, fwIds, independent, newKey, newWorkflow, workflowToAdd } from './samples.ts';
import { add, claim, claimed, register, reserve, run, start, states } from './steps.ts';

export function keyContract(store: CurrentStore): void {
  describe('a call that is repeated with its key after a lost answer', () => {
    it('adds nothing more, and tells the ids of the first time', async () => {
      const request = { key: newKey(), workflows: [workflowToAdd(chain), workflowToAdd(chain)] };
      const first = await store().addWorkflows(request);
      expect(await store().addWorkflows(request)).toEqual(first);
      expect((await store().findFireworks({ fields: 'count' })).count).toBe(6);
    });

    it('adds once when it is made twice at the same time', async () => {
      const request = { key: newKey(), workflows: [workflowToAdd(chain)] };
      const [first, second] = await Promise.all([
        store().addWorkflows(request),
        store().addWorkflows(request),
      ]);
      expect(second).toEqual(first);
      expect((await store().findFireworks({ fields: 'count' })).count).toBe(3);
    });

    it('deletes nothing more, and tells what it deleted the first time', async () => {
      await add(store(), chain);
      const launch = await run(store(), 1);
      const request = { key: newKey(), fwIds: fwIds(1) };
      const first = await store().deleteWorkflows(request);
      expect(first).toMatchObject({
        fwIds: [1, 2, 3],
        launchIds: [launch],
        launchDirs: [`/launches/${launch}`],
      });
      expect(await store().deleteWorkflows(request)).toEqual(first);
    });

    it('does not empty a launchpad that has been used again since', async () => {
      await add(store(), chain);
      const request = { key: newKey() };
      await store().reset(request);
      const { uuid } = await store().identity();
      await add(store(), independent(1));
      await store().reset(request);
      expect(await states(store())).toEqual({ 1: 'READY' });
      expect((await store().identity()).uuid).toBe(uuid);
    });

    it('claims nothing more, and gives the same Launches again', async () => {
      await add(store(), independent(5));
      await register(store(), 'a');
      const request = { key: newKey(), count: 2 };
      const first = await claim(store(), request);
      const again = await claim(store(), request);
      expect(again.claims.map(({ launchId, firework }) => [launchId, firework.fwId, firework.state])).toEqual(
        [
          [1, 1, 'RESERVED'],
          [2, 2, 'RESERVED'],
        ],
      );
      expect(again.exhausted).toBe(first.exhausted);
      expect((await states(store()))[3]).toBe('READY');
    });

    it('gives of its claims only those that it may still start', async () => {
      await add(store(), independent(2));
      await register(store(), 'a');
      const request = { key: newKey(), count: 2 };
      const { claims } = await claim(store(), request);
      const [first] = claims;
      if (first) await start(store(), first.launchId);
      expect(claimed(await claim(store(), request))).toEqual([2]);
    });

    it('claims the same one by id', async () => {
      await add(store(), chain);
      await register(store(), 'a');
      const request = { key: newKey(), fwId: fwId(1) };
      const first = await claim(store(), request);
      const again = await claim(store(), request);
      expect(again.claims.map((one) => one.launchId)).toEqual(first.claims.map((one) => one.launchId));
    });

    it('starts nothing again', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const key = newKey();
      const first = await start(store(), id, { key });
      expect(await start(store(), id, { key })).toEqual(first);
    });

    it('decides nothing again, and gives the answer of the first time', async () => {
      await add(store(), chain);
      let asked = 0;
      const request = {
        key: newKey(),
        seeds: { fwIds: fwIds(1), launchIds: [] },
        answer: ({ changed }: { changed: number[] }) => `changed ${changed.join(' and ')}`,
      };
      const once = () =>
        store().decide(request, (view) => {
          asked += 1;
          return pause(view.neighbourhood, { fwIds: fwIds(1) });
        });
      expect(await once()).toMatchObject({ repeated: false, outcome: { changed: [1] } });
      const before = asked;
      expect(await once()).toEqual({ repeated: true, answer: 'changed 1' });
      expect(asked).toBe(before);
    });

    it('keeps the ids that a decision drew in its answer', async () => {
      await add(store(), chain);
      const workflow = newWorkflow({ specs: { [-1]: {} } });
      const once = () =>
        store().decide(
          {
            key,
            seeds: { fwIds: fwIds(1), launchIds: [] },
            answer: (_: unknown, ids) => JSON.stringify([...ids.values()]),
          },
          ({ neighbourhood }) =>
            appendWorkflow(neighbourhood, {
              workflow,
              parents: fwIds(1),
              detour: false,
              pullSpecMods: false,
            }),
        );
      const key = newKey();
      expect(await once()).toMatchObject({ repeated: false, ids: new Map([[-1, 4]]) });
      expect(await once()).toEqual({ repeated: true, answer: '[4]' });
      expect(Object.keys(await states(store()))).toHaveLength(4);
    });

    it('is another change with another key', async () => {
      await add(store(), chain);
      await add(store(), chain);
      expect(Object.keys(await states(store()))).toHaveLength(6);
    });
  });
}
