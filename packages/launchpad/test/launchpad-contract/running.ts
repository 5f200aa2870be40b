import { describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import { float } from '@skyrocket/model/user-data';
import {
  action,
  agentId,
  chain,
  diamond,
  fwIds,
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
  fizzle,
  launch,
  register,
  report,
  reportOf,
  reserve,
  run,
  start,
  states,
} from './worker-steps.ts';

export function runningContract(launchpad: CurrentLaunchPad): void {
  describe('running Workflows', () => {
    it('goes from claim to start to report, and on to the children', async () => {
      await add(launchpad(), diamond);
      await register(launchpad(), 'a');
      const { claims, exhausted } = await claim(launchpad(), { count: 5 });
      expect([claimedFireworks({ claims, exhausted }), exhausted]).toEqual([[1], true]);
      const [id] = claims.map(({ launchId }) => launchId);
      if (id === undefined) throw new Error('a Launch is needed');
      expect(await states(launchpad())).toEqual({ 1: 'RESERVED', 2: 'WAITING', 3: 'WAITING', 4: 'WAITING' });
      expect(await start(launchpad(), id)).toMatchObject({ outcome: 'started' });
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
      expect(await report(launchpad(), id)).toEqual({ launchId: id, outcome: 'applied' });
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'READY', 4: 'WAITING' });
      expect(claimedFireworks(await claim(launchpad(), { count: 5 }))).toEqual([2, 3]);
    });

    it('keeps all that a worker tells of a Launch', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      const trackers = [{ filename: 'log', nlines: 3, allowZipped: false, content: 'the end' }];
      const told = action({ storedData: userMap({ energy: float(2), note: 'naïve ☃' }) });
      await report(launchpad(), id, { action: told, trackers, launchDir: '/moved' });
      expect(await launch(launchpad(), id)).toMatchObject({
        state: 'COMPLETED',
        host: 'node01',
        launchDir: '/moved',
        trackers,
        action: told,
      });
    });

    it('applies reports that come together, in one Workflow and in several', async () => {
      await add(launchpad(), diamond);
      await add(launchpad(), chain);
      await complete(launchpad(), 1);
      const ids = [await run(launchpad(), 2), await run(launchpad(), 5), await run(launchpad(), 3)];
      const reports = await Promise.all(ids.map((id) => reportOf(launchpad(), id)));
      const { results } = await launchpad().report({ key: newKey(), reports });
      expect(results).toEqual(ids.map((launchId) => ({ launchId, outcome: 'applied' })));
      expect(await states(launchpad())).toMatchObject({ 4: 'READY', 6: 'READY' });
    });

    it('fizzles a Firework whose task failed, and runs it again when the user says so', async () => {
      await add(launchpad(), chain);
      const failed = await fizzle(launchpad(), 1);
      expect(await states(launchpad())).toMatchObject({ 1: 'FIZZLED', 2: 'WAITING' });
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(1) });
      const again = await complete(launchpad(), 1);
      expect(again).not.toBe(failed);
      expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
    });

    it('tells a worker that its action was bad', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      const bad = action({ modSpec: [userMap({ _nonsense: { x: 1 } })] });
      expect(await report(launchpad(), id, { action: bad })).toMatchObject({
        outcome: 'fizzled',
        reason: expect.stringMatching(/_nonsense/),
      });
      expect(await states(launchpad())).toMatchObject({ 1: 'FIZZLED', 2: 'WAITING' });
    });

    it('runs what an action added', async () => {
      await add(launchpad(), { links: { 1: [2] } });
      const detour = newWorkflow({ links: { [-1]: [-2] } });
      await complete(launchpad(), 1, { detours: [detour], updateSpec: userMap({ x: 1 }) });
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'WAITING', 3: 'WAITING', 4: 'READY' });
      await complete(launchpad(), 4);
      await complete(launchpad(), 3);
      expect(await states(launchpad())).toMatchObject({ 2: 'READY' });
      await complete(launchpad(), 2);
      const { workflows } = await launchpad().findWorkflows({ fields: 'summary' });
      expect(workflows).toMatchObject([{ state: 'COMPLETED', nodes: [1, 2, 3, 4] }]);
    });

    it('takes a Launch of a duplicate instead of running the same twice', async () => {
      const same = { x: 1, _dupefinder: { _fw_name: 'DupeFinderExact' } };
      await add(launchpad(), { links: { 2: [3] }, specs: { 1: same, 2: same, 4: {} } });
      const id = await complete(launchpad(), 1);
      expect(claimedFireworks(await claim(launchpad(), { count: 5 }))).toEqual([4]);
      expect(await states(launchpad())).toMatchObject({ 2: 'COMPLETED', 3: 'READY' });
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(2), fields: 'summary' });
      expect(fireworks).toMatchObject([{ launches: [id] }]);
    });

    it('knows whether there is work, now or later', async () => {
      await add(launchpad(), chain);
      const workFor = () =>
        launchpad().workFor({ fworker: { name: 'w', category: '', query: new Map(), env: new Map() } });
      expect(await workFor()).toEqual({ ready: true, later: false });
      await run(launchpad(), 1);
      expect(await workFor()).toEqual({ ready: false, later: true });
    });
  });

  describe('a report that does not count', () => {
    it('came after the user reran the Firework; it is kept with the Launch', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(1) });
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused', reason: expect.any(String) });
      expect(await states(launchpad())).toMatchObject({ 1: 'READY', 2: 'WAITING' });
      expect(await launch(launchpad(), id)).toMatchObject({ state: 'COMPLETED' });
    });

    it.each(['defuse', 'archive'] as const)('came after the user decided to %s', async (decision) => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await launchpad()[decision]({ key: newKey(), fwIds: fwIds(1) });
      const before = await states(launchpad());
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toEqual(before);
    });

    it('came after the Workflow was deleted', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await launchpad().deleteWorkflows({ key: newKey(), fwIds: fwIds(1) });
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toEqual({});
    });

    it('bears another token than the start', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      expect(await report(launchpad(), id, { token: token('guessed') })).toMatchObject({
        outcome: 'refused',
      });
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
      expect(await launch(launchpad(), id)).toMatchObject({ state: 'RUNNING', action: null });
    });

    it('is about a Launch that was never started', async () => {
      await add(launchpad(), chain);
      const id = await reserve(launchpad(), 1);
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toMatchObject({ 1: 'RESERVED' });
    });

    it('was made for another launchpad', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      expect(await report(launchpad(), id, { launchpad: 'another uuid' })).toMatchObject({
        outcome: 'refused',
      });
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
    });

    it('was made before a reset, although the ids are the same again', async () => {
      await add(launchpad(), chain);
      const late = await reportOf(launchpad(), await run(launchpad(), 1));
      await launchpad().reset({ key: newKey() });
      await add(launchpad(), chain);
      expect(await run(launchpad(), 1)).toBe(late.launchId);
      const { results } = await launchpad().report({ key: newKey(), reports: [late] });
      expect(results).toMatchObject([{ outcome: 'refused' }]);
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
    });

    it('does not keep those beside it from counting', async () => {
      await add(launchpad(), independent(3));
      const ids = [await run(launchpad(), 1), await run(launchpad(), 2), await run(launchpad(), 3)];
      const reports = await Promise.all(ids.map((id) => reportOf(launchpad(), id)));
      const mixed = reports.map((one, i) => (i === 1 ? { ...one, token: token('guessed') } : one));
      const { results } = await launchpad().report({ key: newKey(), reports: mixed });
      expect(results.map(({ launchId, outcome }) => [launchId, outcome])).toEqual([
        [ids[0], 'applied'],
        [ids[1], 'refused'],
        [ids[2], 'applied'],
      ]);
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'RUNNING', 3: 'COMPLETED' });
    });
  });

  describe('claiming by id', () => {
    it('takes a RESERVED one over from an agent that is not heard of any more, not from a living one', async () => {
      await add(launchpad(), chain);
      const id = await reserve(launchpad(), 1);
      await register(launchpad(), 'b');
      const taken = await claim(launchpad(), { fwId: fwId(1), agentId: agentId('b') });
      expect(taken.claims).toEqual([]);
      expect(await start(launchpad(), id)).toMatchObject({ outcome: 'started' });
    });

    it('names a Firework that does not exist', async () => {
      await register(launchpad(), 'a');
      await expect(claim(launchpad(), { fwId: fwId(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
}
