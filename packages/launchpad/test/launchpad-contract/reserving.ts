import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { chain, fworker, independent, newKey } from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import { add, complete, launch, register, reserve, run, start, states } from './worker-steps.ts';

/** Reserves the next Firework, or the one that is named, from the host `login`. */
async function reserveForJob(launchpad: LaunchPad, id?: number): Promise<LaunchId | null> {
  const { reservation } = await launchpad.reserve({
    ...{ key: newKey(), fworker: fworker(), order: 'any', host: 'login', ip: '10.0.0.9', launchDir: '/here' },
    ...(id !== undefined && { fwId: fwId(id) }),
  });
  return reservation?.launchId ?? null;
}

const cancel = (launchpad: LaunchPad, id: LaunchId) =>
  launchpad.cancelReservations({ key: newKey(), launchIds: [id], reason: 'The job was cancelled.' });

export function reservingContract(launchpad: CurrentLaunchPad): void {
  describe('reserving Fireworks for jobs of a batch system', () => {
    it('takes a READY one, and nothing when none is', async () => {
      await add(launchpad(), chain);
      expect(await reserveForJob(launchpad())).toBe(1);
      expect(await states(launchpad())).toMatchObject({ 1: 'RESERVED', 2: 'WAITING' });
      expect(await reserveForJob(launchpad())).toBeNull();
    });

    it('takes exactly the one that is named, while it is READY', async () => {
      await add(launchpad(), independent(3));
      await reserveForJob(launchpad(), 2);
      expect(await states(launchpad())).toEqual({ 1: 'READY', 2: 'RESERVED', 3: 'READY' });
      expect(await reserveForJob(launchpad(), 2)).toBeNull();
    });

    it('passes over what is a duplicate of something that ran, and goes on to the next', async () => {
      const spec = { x: 1, _dupefinder: { _fw_name: 'DupeFinderExact' } };
      await add(launchpad(), { specs: { 1: spec } });
      await register(launchpad(), 'a');
      await complete(launchpad(), 1);
      await add(launchpad(), { specs: { 1: spec } });
      await add(launchpad(), independent(1));
      await reserveForJob(launchpad());
      expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', 2: 'COMPLETED', 3: 'RESERVED' });
    });

    it('gives a reservation back: the Firework is READY, and its Launch is archived with the reason', async () => {
      await add(launchpad(), independent(1));
      const id = (await reserveForJob(launchpad())) ?? launchId(0);
      expect(await cancel(launchpad(), id)).toEqual({ cancelled: [id] });
      expect(await states(launchpad())).toEqual({ 1: 'READY' });
      const { state, action } = await launch(launchpad(), id);
      expect([state, action?.storedData.get('_message')]).toEqual(['READY', 'The job was cancelled.']);
      expect(await reserveForJob(launchpad())).toBe(id + 1);
    });

    it('cancels nothing that runs', async () => {
      await add(launchpad(), independent(1));
      await register(launchpad(), 'a');
      const id = await run(launchpad(), 1);
      expect(await cancel(launchpad(), id)).toEqual({ cancelled: [] });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING' });
    });

    it('lets a cancellation win over a worker that has not started yet', async () => {
      await add(launchpad(), independent(1));
      await reserveForJob(launchpad());
      await register(launchpad(), 'a');
      const id = await reserve(launchpad(), 1);
      await cancel(launchpad(), id);
      expect(await start(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toEqual({ 1: 'READY' });
    });
  });
}
