import { describe, expect, it } from '@jest/globals';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import {
  action,
  agentId,
  fwIds,
  independent,
  newKey,
  newWorkflow,
  userMap,
} from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import {
  add,
  claim,
  claimedFireworks,
  register,
  report,
  reserve,
  run,
  start,
  states,
} from './worker-steps.ts';

export function racingContract(launchpad: CurrentLaunchPad): void {
  describe('several who act at once', () => {
    it('may finish all parents of a join together: it becomes READY', async () => {
      const parents = Array.from({ length: 12 }, (_, i) => i + 1);
      await add(launchpad(), {
        links: Object.fromEntries(parents.map((id) => [id, [13]])),
        specs: { 13: { count: 0 } },
      });
      const launches: LaunchId[] = [];
      for (const id of parents) launches.push(await run(launchpad(), id));
      const modSpec = [userMap({ _inc: { count: 1 }, _push: { log: 'done' } })];
      const told = await Promise.all(
        launches.map((id) => report(launchpad(), id, { action: action({ modSpec }) })),
      );
      expect(told.every(({ outcome }) => outcome === 'applied')).toBe(true);
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(13), fields: 'all' });
      expect(fireworks).toMatchObject([{ state: 'READY' }]);
      expect(fireworks[0]?.spec.get('count')).toBe(12);
      expect(fireworks[0]?.spec.get('log')).toHaveLength(12);
    });

    it('may add to one Workflow together', async () => {
      await add(launchpad(), independent(1));
      const append = () =>
        launchpad().appendWorkflow({
          key: newKey(),
          workflow: newWorkflow({ links: { [-1]: [-2] } }),
          parents: fwIds(1),
          detour: false,
          pullSpecMods: false,
        });
      const answers = await Promise.all(Array.from({ length: 8 }, append));
      const ids = answers.flatMap(({ idMap }) => [...idMap.values()]);
      expect(new Set(ids).size).toBe(16);
      const { workflows } = await launchpad().findWorkflows({ fields: 'summary' });
      expect(workflows).toHaveLength(1);
      expect(workflows[0]?.nodes).toHaveLength(17);
      expect(workflows[0]?.links.get(fwId(1))).toHaveLength(8);
    });

    it('may claim what a user pauses: each Firework is the one or the other', async () => {
      await add(launchpad(), independent(10));
      await register(launchpad(), 'a', 'b');
      const [first, decision, second] = await Promise.all([
        claim(launchpad(), { count: 5 }),
        launchpad().pause({ key: newKey(), fwIds: fwIds(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) }),
        claim(launchpad(), { count: 5, agentId: agentId('b') }),
      ]);
      expect(decision).toEqual({ changed: fwIds(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), skipped: [] });
      expect(new Set(Object.values(await states(launchpad())))).toEqual(new Set(['PAUSED']));
      for (const { launchId } of [...first.claims, ...second.claims]) {
        expect(await start(launchpad(), launchId)).toMatchObject({ outcome: 'refused' });
      }
    });

    it('may start what a user reruns: it runs, or it is READY again', async () => {
      await add(launchpad(), independent(1));
      const id = await reserve(launchpad(), 1);
      const [result] = await Promise.all([
        start(launchpad(), id),
        launchpad().rerun({ key: newKey(), fwIds: fwIds(1) }),
      ]);
      expect(['started', 'refused']).toContain(result.outcome);
      expect(await states(launchpad())).toEqual({ 1: 'READY' });
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
    });

    it('may delete what others claim: nothing of it is left', async () => {
      for (let i = 0; i < 5; i += 1) await add(launchpad(), independent(2));
      await register(launchpad(), 'a');
      const [answer] = await Promise.all([
        claim(launchpad(), { count: 10 }),
        launchpad().deleteWorkflows({ key: newKey(), fwIds: fwIds(1, 3, 5, 7, 9) }),
      ]);
      expect(claimedFireworks(answer).length).toBeLessThanOrEqual(10);
      expect(await states(launchpad())).toEqual({});
      for (const { launchId } of answer.claims) {
        expect(await start(launchpad(), launchId)).toMatchObject({ outcome: 'refused' });
      }
      const launchIds = answer.claims.map(({ launchId }) => launchId);
      expect((await launchpad().findLaunches({ launchIds })).launches).toEqual([]);
    });
  });
}
