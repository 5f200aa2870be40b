import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId, launchId } from '@skyrocket/model/ids';
import {
  agentId,
  chain,
  fwIds,
  fworker,
  independent,
  newKey,
  newWorkflow,
  token,
  userMap,
} from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import {
  add,
  claim,
  claimedFireworks,
  complete,
  launch,
  register,
  report,
  reportOf,
  reserve,
  run,
  states,
} from './worker-steps.ts';

/** Something that changes a launchpad. */
type Call = (launchpad: LaunchPad, key: string) => Promise<unknown>;

const onFirst = (key: string) => ({ key, fwIds: fwIds(1) });
const newFirework = newWorkflow({ specs: { [-1]: {} } });

/** What is called twice, what comes before it, and what undoes it in between. */
const decisions: Record<string, { call: Call; before?: Call; meanwhile: Call }> = {
  pause: {
    call: (launchpad, key) => launchpad.pause(onFirst(key)),
    meanwhile: (launchpad, key) => launchpad.resume(onFirst(key)),
  },
  resume: {
    before: (launchpad, key) => launchpad.pause(onFirst(key)),
    call: (launchpad, key) => launchpad.resume(onFirst(key)),
    meanwhile: (launchpad, key) => launchpad.pause(onFirst(key)),
  },
  defuse: {
    call: (launchpad, key) => launchpad.defuse(onFirst(key)),
    meanwhile: (launchpad, key) => launchpad.reignite(onFirst(key)),
  },
  reignite: {
    before: (launchpad, key) => launchpad.defuse(onFirst(key)),
    call: (launchpad, key) => launchpad.reignite(onFirst(key)),
    meanwhile: (launchpad, key) => launchpad.defuse(onFirst(key)),
  },
  rerun: {
    before: (launchpad) => complete(launchpad, 1),
    call: (launchpad, key) => launchpad.rerun(onFirst(key)),
    meanwhile: (launchpad) => complete(launchpad, 1),
  },
  setPriority: {
    call: (launchpad, key) => launchpad.setPriority({ ...onFirst(key), priority: 1 }),
    meanwhile: (launchpad, key) => launchpad.setPriority({ ...onFirst(key), priority: 2 }),
  },
  updateSpecs: {
    call: (launchpad, key) => launchpad.updateSpecs({ ...onFirst(key), set: userMap({ x: 1 }) }),
    meanwhile: (launchpad, key) => launchpad.updateSpecs({ ...onFirst(key), set: userMap({ x: 2 }) }),
  },
  archive: {
    call: (launchpad, key) => launchpad.archive(onFirst(key)),
    meanwhile: (launchpad) => add(launchpad, chain),
  },
  addWorkflows: {
    call: (launchpad, key) => launchpad.addWorkflows({ key, workflows: [newWorkflow(chain)] }),
    meanwhile: (launchpad) => add(launchpad, chain),
  },
  appendWorkflow: {
    call: (launchpad, key) =>
      launchpad.appendWorkflow({
        key,
        workflow: newFirework,
        parents: fwIds(1),
        detour: false,
        pullSpecMods: false,
      }),
    meanwhile: (launchpad) => add(launchpad, chain),
  },
  deleteWorkflows: {
    call: (launchpad, key) => launchpad.deleteWorkflows(onFirst(key)),
    meanwhile: (launchpad) => add(launchpad, chain),
  },
  reset: {
    call: (launchpad, key) => launchpad.reset({ key }),
    meanwhile: (launchpad) => add(launchpad, chain),
  },
};

export function repeatingContract(launchpad: CurrentLaunchPad): void {
  /** All that can be seen, but for moments. */
  const everything = async () => {
    const { fireworks } = await launchpad().findFireworks({ fields: 'all' });
    const { workflows } = await launchpad().findWorkflows({ fields: 'summary' });
    return { fireworks, links: workflows.map(({ links, state }) => [links, state]) };
  };

  describe('a call that is repeated with its key, because its answer was lost', () => {
    it.each(Object.entries(decisions))('gives the same answer (%s)', async (_, { before, call }) => {
      await add(launchpad(), chain);
      await before?.(launchpad(), newKey());
      const key = newKey();
      const answer = await call(launchpad(), key);
      const after = await everything();
      expect(await call(launchpad(), key)).toEqual(answer);
      expect(await everything()).toEqual(after);
    });

    it.each(Object.entries(decisions))(
      'undoes nothing that came since (%s)',
      async (_, { before, call, meanwhile }) => {
        await add(launchpad(), chain);
        await before?.(launchpad(), newKey());
        const key = newKey();
        await call(launchpad(), key);
        await meanwhile(launchpad(), newKey());
        const now = await everything();
        await call(launchpad(), key);
        expect(await everything()).toEqual(now);
      },
    );

    it('claims nothing more', async () => {
      await add(launchpad(), independent(4));
      await register(launchpad(), 'a');
      const key = newKey();
      const first = await claim(launchpad(), { key, count: 2 });
      const again = await claim(launchpad(), { key, count: 2 });
      expect(again.claims.map((one) => [one.launchId, one.firework.fwId])).toEqual(
        first.claims.map((one) => [one.launchId, one.firework.fwId]),
      );
      expect(claimedFireworks(await claim(launchpad(), { count: 4 }))).toEqual([3, 4]);
    });

    it('starts nothing again, and tells the same moment', async () => {
      await add(launchpad(), chain);
      const id = await reserve(launchpad(), 1);
      const request = {
        key: newKey(),
        agentId: agentId('a'),
        fworker: fworker(),
        host: 'node01',
        ip: '10.0.0.2',
        starts: [{ launchId: id, token: token('mine'), launchDir: '/d' }],
      };
      const first = await launchpad().start(request);
      const history = (await launch(launchpad(), id)).history;
      expect(await launchpad().start(request)).toEqual(first);
      expect((await launch(launchpad(), id)).history).toEqual(history);
    });

    it('applies a report once, with the same key or another', async () => {
      await add(launchpad(), { links: { 1: [2] }, specs: { 2: { n: 0 } } });
      const id = await run(launchpad(), 1);
      const increment = [userMap({ _inc: { n: 1 } })];
      const told = await reportOf(launchpad(), id);
      const request = {
        key: newKey(),
        reports: [{ ...told, action: { ...told.action, modSpec: increment } }],
      };
      expect((await launchpad().report(request)).results).toEqual([{ launchId: id, outcome: 'applied' }]);
      expect((await launchpad().report(request)).results).toMatchObject([
        { outcome: expect.stringMatching(/applied/) },
      ]);
      expect(await report(launchpad(), id)).toEqual({ launchId: id, outcome: 'already-applied' });
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(2), fields: 'all' });
      expect(fireworks[0]?.spec.get('n')).toBe(1);
    });

    it('applies a report once when it comes twice in one call', async () => {
      await add(launchpad(), chain);
      const told = await reportOf(launchpad(), await run(launchpad(), 1));
      const { results } = await launchpad().report({ key: newKey(), reports: [told, { ...told }] });
      expect(results.map((one) => one.outcome)).toEqual(['applied', 'already-applied']);
    });

    it('applies reports once that come from several places at once', async () => {
      await add(launchpad(), { links: { 1: [2] }, specs: { 2: { n: 0 } } });
      const told = await reportOf(launchpad(), await run(launchpad(), 1));
      const modSpec = [userMap({ _inc: { n: 1 } })];
      const reports = [{ ...told, action: { ...told.action, modSpec } }];
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => launchpad().report({ key: newKey(), reports })),
      );
      const outcomes = answers.flatMap(({ results }) => results.map((one) => one.outcome));
      expect(outcomes.sort()).toEqual([...Array(4).fill('already-applied'), 'applied']);
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(2), fields: 'all' });
      expect(fireworks[0]?.spec.get('n')).toBe(1);
    });

    it('does not give back what was claimed again since', async () => {
      await add(launchpad(), chain);
      const first = await reserve(launchpad(), 1);
      const request = {
        key: newKey(),
        agentId: agentId('a'),
        releases: [{ launchId: first, reason: 'Not now.' }],
      };
      await launchpad().release(request);
      const second = await reserve(launchpad(), 1);
      expect(await launchpad().release(request)).toEqual({ released: [first] });
      expect(second).toBe(launchId(first + 1));
      expect(await states(launchpad())).toMatchObject({ 1: 'RESERVED' });
    });

    it('claims by id the same Launch', async () => {
      await add(launchpad(), chain);
      await register(launchpad(), 'a');
      const key = newKey();
      const first = await claim(launchpad(), { key, fwId: fwId(1) });
      const again = await claim(launchpad(), { key, fwId: fwId(1) });
      expect(again.claims.map((one) => one.launchId)).toEqual(first.claims.map((one) => one.launchId));
    });
  });
}
