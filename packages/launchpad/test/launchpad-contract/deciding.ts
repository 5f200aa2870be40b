import { describe, expect, it } from '@jest/globals';
import type { UserDecision } from '@skyrocket/contract/decisions';
import {
  chain,
  diamond,
  fwIds,
  independent,
  newKey,
  newWorkflow,
  userMap,
} from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import { add, claim, claimedFireworks, complete, fizzle, register, run, states } from './worker-steps.ts';

type Decision = 'rerun' | 'pause' | 'resume' | 'defuse' | 'reignite' | 'archive' | 'refresh';

export function decidingContract(launchpad: CurrentLaunchPad): void {
  const decide = (decision: Decision, ...ids: number[]): Promise<UserDecision> =>
    launchpad()[decision]({ key: newKey(), fwIds: fwIds(...ids) });

  describe('what the user decides', () => {
    it('pauses and resumes', async () => {
      await add(launchpad(), chain);
      expect(await decide('pause', 1, 2)).toEqual({ changed: [1, 2], skipped: [] });
      expect(await states(launchpad())).toEqual({ 1: 'PAUSED', 2: 'PAUSED', 3: 'WAITING' });
      expect(await decide('resume', 1, 2)).toEqual({ changed: [1, 2], skipped: [] });
      expect(await states(launchpad())).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
    });

    it('defuses and reignites', async () => {
      await add(launchpad(), chain);
      expect(await decide('defuse', 2)).toEqual({ changed: [2], skipped: [] });
      await complete(launchpad(), 1);
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'DEFUSED', 3: 'WAITING' });
      await decide('reignite', 2);
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'WAITING' });
    });

    it('reruns, with all that comes after it', async () => {
      await add(launchpad(), diamond);
      for (const id of [1, 2, 3]) await complete(launchpad(), id);
      await fizzle(launchpad(), 4);
      expect(await decide('rerun', 2)).toEqual({ changed: [2], skipped: [] });
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'COMPLETED', 4: 'WAITING' });
    });

    it('archives whole Workflows', async () => {
      await add(launchpad(), chain);
      await add(launchpad(), independent(1));
      await decide('archive', 2);
      expect(await states(launchpad())).toEqual({ 1: 'ARCHIVED', 2: 'ARCHIVED', 3: 'ARCHIVED', 4: 'READY' });
      expect(await decide('rerun', 2)).toMatchObject({
        changed: [],
        skipped: [{ fwId: 2, state: 'ARCHIVED' }],
      });
    });

    it('sets priorities', async () => {
      await add(launchpad(), independent(3));
      await launchpad().setPriority({ key: newKey(), fwIds: fwIds(2), priority: 5 });
      await register(launchpad(), 'a');
      expect(claimedFireworks(await claim(launchpad()))).toEqual([2]);
    });

    it('changes specs, by paths or by an update of MongoDB', async () => {
      await add(launchpad(), { specs: { 1: { a: { b: 1 }, list: [1] } } });
      await launchpad().updateSpecs({
        key: newKey(),
        fwIds: fwIds(1),
        set: userMap({ 'a.b': 2.5, c: 'new' }),
      });
      const update = userMap({ $push: { 'spec.list': 2 }, $unset: { 'spec.c': '' } });
      await launchpad().updateSpecs({ key: newKey(), fwIds: fwIds(1), set: new Map(), update });
      const { fireworks } = await launchpad().findFireworks({ fields: 'all' });
      const spec = new Map([...(fireworks[0]?.spec ?? [])].filter(([key]) => key !== '_tasks'));
      expect(spec).toEqual(userMap({ a: { b: 2.5 }, list: [1, 2] }));
    });

    it('says what stays as it is and why, and changes the others', async () => {
      await add(launchpad(), independent(2));
      await add(launchpad(), independent(1));
      await run(launchpad(), 2);
      const { changed, skipped } = await decide('pause', 1, 2, 3);
      expect(new Set(changed)).toEqual(new Set([1, 3]));
      expect(skipped).toMatchObject([
        { fwId: 2, state: 'RUNNING', reason: expect.stringMatching(/RUNNING/) },
      ]);
    });

    it('changes nothing at all when there is nothing to decide about', async () => {
      await add(launchpad(), chain);
      expect(await decide('defuse')).toEqual({ changed: [], skipped: [] });
      expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
    });

    it.each<Decision>(['rerun', 'pause', 'resume', 'defuse', 'reignite', 'archive', 'refresh'])(
      'is refused for an unknown Firework (%s)',
      async (decision) => {
        await add(launchpad(), chain);
        await expect(decide(decision, 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
        expect(await states(launchpad())).toEqual({ 1: 'READY', 2: 'WAITING', 3: 'WAITING' });
      },
    );

    it('refreshes what is right already without changing it', async () => {
      await add(launchpad(), chain);
      expect(await decide('refresh', 1, 2, 3)).toEqual({ changed: [], skipped: [] });
    });
  });

  describe('appending', () => {
    it('adds Fireworks below others, and tells their ids', async () => {
      await add(launchpad(), chain);
      await complete(launchpad(), 1, { updateSpec: userMap({ x: 1 }) });
      const workflow = newWorkflow({ links: { [-1]: [-2] } });
      const request = { key: newKey(), workflow, parents: fwIds(1), detour: false, pullSpecMods: true };
      const { idMap } = await launchpad().appendWorkflow(request);
      expect([...idMap].sort(([a], [b]) => b - a)).toEqual([
        [-1, 5],
        [-2, 4],
      ]);
      expect(await states(launchpad())).toMatchObject({ 4: 'WAITING', 5: 'READY' });
    });

    it('puts a detour before the children', async () => {
      await add(launchpad(), { links: { 1: [2] } });
      const workflow = newWorkflow({ specs: { [-1]: {} } });
      await launchpad().appendWorkflow({
        key: newKey(),
        workflow,
        parents: fwIds(1),
        detour: true,
        pullSpecMods: false,
      });
      const { workflows } = await launchpad().findWorkflows({ fields: 'summary' });
      expect(workflows[0]?.links).toEqual(
        new Map([
          [1, [2, 3]],
          [2, []],
          [3, [2]],
        ]),
      );
    });

    it('is refused below Fireworks of different Workflows', async () => {
      await add(launchpad(), chain);
      await add(launchpad(), chain);
      const workflow = newWorkflow({ specs: { [-1]: {} } });
      const request = { key: newKey(), workflow, parents: fwIds(1, 4), detour: false, pullSpecMods: false };
      await expect(launchpad().appendWorkflow(request)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
      expect((await launchpad().findFireworks({ fields: 'count' })).count).toBe(6);
    });
  });
}
