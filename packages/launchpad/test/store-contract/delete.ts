import { describe, expect, it } from '@jest/globals';
import { pause } from '@skyrocket/model/decisions/pause';
import { fwId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agentId, chain, diamond, fwIds, fworker, independent, newKey, userMap } from './samples.ts';
import { add, claim, complete, decide, register, reserve, run, states } from './steps.ts';

export function deleteContract(store: CurrentStore): void {
  const remove = (...ids: number[]) => store().deleteWorkflows({ key: newKey(), fwIds: fwIds(...ids) });

  describe('deleting', () => {
    it('removes the whole Workflows that hold these Fireworks, with their Launches', async () => {
      await add(store(), diamond);
      await add(store(), chain);
      const launches = [await complete(store(), 1), await run(store(), 2)];
      expect(await remove(4, 2)).toEqual({
        fwIds: [1, 2, 3, 4],
        launchIds: launches,
        launchDirs: launches.map((id) => `/launches/${id}`),
      });
      expect(await states(store())).toEqual({ 5: 'READY', 6: 'WAITING', 7: 'WAITING' });
      expect(await store().findLaunches(launches)).toEqual([]);
      expect((await store().findWorkflows({ fields: 'ids' })).workflows).toMatchObject([
        { nodes: [5, 6, 7] },
      ]);
    });

    it('removes archived Launches too', async () => {
      await add(store(), independent(1));
      const id = await run(store(), 1);
      await decide(store(), { fwIds: fwIds(1) }, () => ({
        kind: 'change',
        outcome: null,
        change: {
          fireworks: new Map([[fwId(1), { launches: [], archivedLaunches: [id] }]]),
          launches: new Map(),
          added: [],
          links: [],
        },
      }));
      expect(await remove(1)).toMatchObject({ launchIds: [id] });
    });

    it('passes over ids that are not there', async () => {
      await add(store(), chain);
      expect(await remove(99)).toEqual({ fwIds: [], launchIds: [], launchDirs: [] });
      expect(await remove()).toEqual({ fwIds: [], launchIds: [], launchDirs: [] });
      expect(await remove(99, 1)).toMatchObject({ fwIds: [1, 2, 3] });
    });

    it('names a launch directory once, and none that was never used', async () => {
      await add(store(), independent(2));
      await reserve(store(), 1);
      expect(await remove(1)).toMatchObject({ launchIds: [1], launchDirs: [] });
    });

    it('leaves nothing to claim', async () => {
      await add(store(), independent(2));
      await remove(1);
      await register(store(), 'a');
      expect((await claim(store())).claims).toEqual([]);
      const ready = userMap({ state: 'READY' });
      expect((await store().findFireworks({ fields: 'count', filter: ready })).count).toBe(0);
    });

    it('never gives ids again', async () => {
      await add(store(), independent(1));
      await reserve(store(), 1);
      await remove(1);
      await add(store(), independent(1));
      expect(await states(store())).toEqual({ 2: 'READY' });
      expect(await reserve(store(), 2)).toBe(2);
    });

    it('lets decisions on what is gone fail', async () => {
      await add(store(), chain);
      await remove(1);
      const pausing = decide(store(), { fwIds: fwIds(1) }, (view) =>
        pause(view.neighbourhood, { fwIds: fwIds(1) }),
      );
      await expect(pausing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('a reset', () => {
    it('leaves nothing, and ids start at 1', async () => {
      await add(store(), chain);
      await run(store(), 1);
      await store().reset({ key: newKey() });
      expect(await states(store())).toEqual({});
      expect(await store().findAgents()).toEqual([]);
      expect((await store().findWorkflows({ fields: 'count' })).count).toBe(0);
      expect([...(await add(store(), chain)).values()]).toEqual([1, 2, 3]);
      expect(await reserve(store(), 1)).toBe(1);
    });

    it('gives the launchpad a new uuid, so that journals of the past are not taken for its own', async () => {
      const { uuid } = await store().identity();
      await store().reset({ key: newKey() });
      const after = await store().identity();
      expect(after.uuid).not.toBe(uuid);
      expect((await store().identity()).uuid).toBe(after.uuid);
    });

    it('counts from nothing', async () => {
      await add(store(), independent(3));
      await store().reset({ key: newKey() });
      await add(store(), independent(1));
      const ready = userMap({ state: 'READY' });
      expect((await store().findFireworks({ fields: 'count', filter: ready })).count).toBe(1);
      await register(store(), 'a');
      const answer = await claim(store(), { count: 5, agentId: agentId('a'), fworker: fworker() });
      expect(answer).toMatchObject({ claims: [{ launchId: 1 }], exhausted: true });
    });
  });

  describe('closing', () => {
    it('may be done twice', async () => {
      await store().close();
      await store().close();
    });
  });
}
