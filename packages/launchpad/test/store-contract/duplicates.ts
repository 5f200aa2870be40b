import { describe, expect, it } from '@jest/globals';
import { defuse } from '@skyrocket/model/decisions/defuse';
import { takeOverDuplicates } from '@skyrocket/model/decisions/duplicates';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { float } from '@skyrocket/model/user-data';
import { nothing } from './decisions.ts';
import type { CurrentStore } from './fresh-store.ts';
import { fwIds, newKey, userMap } from './samples.ts';
import { add, complete, decide, end, firework, fizzle, reserve, run, start, states } from './steps.ts';

const same = { x: 1, _dupefinder: { _fw_name: 'DupeFinderExact' } };

export function duplicateContract(store: CurrentStore): void {
  const takeOver = async (id: number, claimed: LaunchId) => {
    const matches = await store().findDuplicates(fwId(id));
    const { outcome } = await decide(store(), { fwIds: [fwId(id), ...matches] }, ({ neighbourhood, now }) =>
      takeOverDuplicates(neighbourhood, { fwId: fwId(id), claimed, matches, now }),
    );
    return outcome;
  };

  describe('finding duplicates', () => {
    it('finds other Fireworks with an equal spec that hold Launches', async () => {
      await add(store(), { specs: { 1: same, 2: same, 3: same, 4: { ...same, x: 2 } } });
      await complete(store(), 1);
      await fizzle(store(), 4);
      expect(await store().findDuplicates(fwId(2))).toEqual([1]);
      expect(await store().findDuplicates(fwId(1))).toEqual([]);
    });

    it('finds none whose spec differs in order, or only looks equal', async () => {
      const { x, _dupefinder } = same;
      await add(store(), { specs: { 1: { _dupefinder, x }, 2: same, 3: { x: float(1.5), _dupefinder } } });
      await complete(store(), 1);
      await complete(store(), 3);
      expect(await store().findDuplicates(fwId(2))).toEqual([]);
    });

    it('finds one whose spec has become equal', async () => {
      await add(store(), {
        links: { 1: [2], 3: [] },
        specs: { 2: { _dupefinder: same._dupefinder }, 3: same },
      });
      const rest = { _dupefinder: same._dupefinder, x: 1 };
      await add(store(), { specs: { 1: rest } });
      await complete(store(), 4);
      await complete(store(), 1, { updateSpec: userMap({ x: 1 }) });
      expect(await store().findDuplicates(fwId(2))).toEqual([4]);
    });
  });

  describe('Launches that duplicates share', () => {
    /** 2, which has a child, takes over the Launch of 1. */
    const sharing = async (finish: (id: number) => Promise<LaunchId>) => {
      await add(store(), { links: { 2: [3] }, specs: { 1: same, 2: same } });
      const shared = await finish(1);
      const own = await reserve(store(), 2);
      return { shared, own, outcome: await takeOver(2, own) };
    };

    it('complete both', async () => {
      const { shared, own, outcome } = await sharing((id) =>
        complete(store(), id, { updateSpec: userMap({ y: 2 }) }),
      );
      expect(outcome).toEqual({ taken: true, state: 'COMPLETED' });
      expect(await firework(store(), 2)).toMatchObject({ launches: [shared], archivedLaunches: [own] });
      expect(await states(store())).toMatchObject({ 2: 'COMPLETED', 3: 'READY' });
      expect((await firework(store(), 3)).spec.get('y')).toBe(2);
    });

    it('complete both when they end after they were taken over', async () => {
      const { shared, outcome } = await sharing((id) => run(store(), id));
      expect(outcome).toEqual({ taken: true, state: 'RUNNING' });
      await end(store(), shared);
      expect(await states(store())).toEqual({ 1: 'COMPLETED', 2: 'COMPLETED', 3: 'READY' });
    });

    it('make both RUNNING when they are started', async () => {
      const { shared, outcome } = await sharing((id) => reserve(store(), id));
      expect(outcome).toEqual({ taken: true, state: 'RESERVED' });
      await start(store(), shared);
      expect(await states(store())).toEqual({ 1: 'RUNNING', 2: 'RUNNING', 3: 'WAITING' });
    });

    it('name their sharers to decisions', async () => {
      await sharing((id) => complete(store(), id));
      const { outcome } = await decide(store(), { fwIds: fwIds(1, 2) }, ({ neighbourhood: { nodes } }) =>
        nothing([1, 2].map((id) => nodes.get(fwId(id))?.sharers)),
      );
      expect(outcome).toEqual([[2], [1]]);
    });

    it('are run again for both', async () => {
      const { shared } = await sharing((id) => complete(store(), id));
      await decide(store(), { fwIds: fwIds(2) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(2) }));
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'READY', 3: 'WAITING' });
      expect((await firework(store(), 2)).archivedLaunches).toContain(shared);
      const { outcome } = await decide(store(), { fwIds: fwIds(1) }, ({ neighbourhood: { nodes } }) =>
        nothing(nodes.get(fwId(1))?.sharers),
      );
      expect(outcome).toEqual([]);
    });

    it('let the other run on when one is defused that only waits', async () => {
      const { shared } = await sharing((id) => fizzle(store(), id));
      await decide(store(), { fwIds: fwIds(2) }, (view) => defuse(view.neighbourhood, { fwIds: fwIds(2) }));
      expect(await states(store())).toMatchObject({ 1: 'FIZZLED', 2: 'DEFUSED' });
      expect(await firework(store(), 1)).toMatchObject({ launches: [shared] });
    });

    it('stay for the one that is left when the other is deleted', async () => {
      await add(store(), { specs: { 1: same } });
      await add(store(), { specs: { 1: same } });
      const shared = await complete(store(), 1);
      const own = await reserve(store(), 2);
      await takeOver(2, own);
      expect(await store().deleteWorkflows({ key: newKey(), fwIds: fwIds(1) })).toMatchObject({
        fwIds: [1],
        launchIds: [],
      });
      expect(await store().findLaunches([shared])).toMatchObject([{ launchId: shared, state: 'COMPLETED' }]);
      const last = await store().deleteWorkflows({ key: newKey(), fwIds: fwIds(2) });
      expect(last.launchIds.sort((a, b) => a - b)).toEqual([shared, own]);
    });
  });
}
