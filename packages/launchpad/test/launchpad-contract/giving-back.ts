import { describe, expect, it } from '@jest/globals';
import type { LaunchId } from '@skyrocket/model/ids';
import { agentId, chain, fwIds, fworker, independent, newKey } from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import {
  add,
  claim,
  complete,
  launch,
  register,
  report,
  reserve,
  run,
  start,
  states,
} from './worker-steps.ts';

export function givingBackContract(launchpad: CurrentLaunchPad): void {
  const release = (
    id: LaunchId,
    { name = 'a', ...more }: { name?: string; cannotImport?: { task: string; worker: string } } = {},
  ) =>
    launchpad().release({
      key: newKey(),
      agentId: agentId(name),
      releases: [{ launchId: id, reason: 'The walltime is too short.', ...more }],
    });

  describe('giving back', () => {
    it('makes the Firework READY again, and archives the Launch with the reason', async () => {
      await add(launchpad(), chain);
      const id = await reserve(launchpad(), 1);
      expect(await release(id)).toEqual({ released: [id] });
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(1), fields: 'summary' });
      expect(fireworks).toMatchObject([{ state: 'READY', launches: [], archivedLaunches: [id] }]);
      const { state, action } = await launch(launchpad(), id);
      expect([state, action?.storedData.get('_message')]).toEqual(['READY', 'The walltime is too short.']);
    });

    it('works for Launches that run', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      expect(await release(id)).toEqual({ released: [id] });
      expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
    });

    it('passes over Launches that have ended, are gone, or are held by another', async () => {
      await add(launchpad(), independent(4));
      const ended = await complete(launchpad(), 1);
      const rerun = await run(launchpad(), 2);
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(2) });
      const foreign = await reserve(launchpad(), 3, 'b');
      for (const id of [ended, rerun, foreign]) expect(await release(id)).toEqual({ released: [] });
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'READY', 3: 'RESERVED', 4: 'READY' });
    });

    it('happens by itself to what an agent has not started when it signs off', async () => {
      await add(launchpad(), independent(3));
      const running = await run(launchpad(), 1);
      await claim(launchpad(), { count: 1 });
      await launchpad().signOff({ agentId: agentId('a') });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING', 2: 'READY', 3: 'READY' });
      expect(await report(launchpad(), running)).toMatchObject({ outcome: 'applied' });
    });

    it('lets an agent that signed off come back', async () => {
      await add(launchpad(), chain);
      await register(launchpad(), 'a');
      await launchpad().signOff({ agentId: agentId('a') });
      await launchpad().signOff({ agentId: agentId('a') });
      await expect(claim(launchpad())).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
      await register(launchpad(), 'a');
      const [first] = (await claim(launchpad())).claims;
      await launchpad().signOff({ agentId: agentId('a') });
      await register(launchpad(), 'a');
      const [second] = (await claim(launchpad())).claims;
      await launchpad().signOff({ agentId: agentId('a') });
      expect([first, second].every((one) => one !== undefined)).toBe(true);
      expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
    });
  });

  describe('workers that cannot import a task', () => {
    const fail = async (worker: string, task = '{{my.Task}}') =>
      release(await reserve(launchpad(), 1), { cannotImport: { task, worker } });

    it('give the Firework back, until three different ones could not: then it is PAUSED with the reason', async () => {
      await add(launchpad(), chain);
      for (const worker of ['w1', 'w2', 'w1', 'w2']) {
        await fail(worker);
        expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
      }
      await fail('w3');
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(1), fields: 'all' });
      expect(fireworks).toMatchObject([{ state: 'PAUSED' }]);
      expect(fireworks[0]?.spec.get('_pause_reason')).toMatch(
        /3 different workers could not import {{my\.Task}}/,
      );
    });

    it('are counted for each task', async () => {
      await add(launchpad(), chain);
      await fail('w1', '{{my.A}}');
      await fail('w2', '{{my.B}}');
      await fail('w3', '{{my.C}}');
      expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
    });

    it('do not keep others from running it', async () => {
      await add(launchpad(), chain);
      await fail('w1');
      const [claimed] = (await claim(launchpad(), { fworker: fworker({ name: 'w9' }) })).claims;
      expect(claimed && (await start(launchpad(), claimed.launchId))).toMatchObject({ outcome: 'started' });
    });

    it('let the user resume it, without the reason', async () => {
      await add(launchpad(), chain);
      for (const worker of ['w1', 'w2', 'w3']) await fail(worker);
      await launchpad().resume({ key: newKey(), fwIds: fwIds(1) });
      const { fireworks } = await launchpad().findFireworks({ fwIds: fwIds(1), fields: 'all' });
      expect(fireworks).toMatchObject([{ state: 'READY' }]);
      expect(fireworks[0]?.spec.has('_pause_reason')).toBe(false);
    });
  });
}
