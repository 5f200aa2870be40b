import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { chain, fwIds, fworker, independent, newKey, userMap } from '../store-contract/samples.ts';
import { until } from '../store-contract/steps.ts';
import { freshLaunchPad, longLeases, type OpenLaunchPad } from './fresh-launchpad.ts';
import { add, launch, reserve, run, states } from './worker-steps.ts';

const longAgo = timestamp(Date.UTC(2024, 0, 1, 12));

/** Reserves a Firework for a job. */
async function reserveForJob(launchpad: LaunchPad, id: number): Promise<LaunchId> {
  const { reservation } = await launchpad.reserve({
    ...{ key: newKey(), fworker: fworker(), order: 'any', fwId: fwId(id) },
    ...{ host: 'login', ip: '10.0.0.9', launchDir: '/jobs' },
  });
  if (!reservation) throw new Error(`Firework ${id} cannot be reserved`);
  return reservation.launchId;
}

/** A run of long ago that was noted as one without a launchpad. */
async function runOffline(launchpad: LaunchPad, id: number): Promise<LaunchId> {
  const launchId = await reserveForJob(launchpad, id);
  await launchpad.registerOffline({ launchIds: [launchId] });
  await launchpad.tellOffline({ runs: [{ launchId, fwId: fwId(id), startedOn: longAgo }] });
  return launchId;
}

/** To a launchpad it is as if a Python worker had begun it. */
async function runElsewhere(launchpad: LaunchPad, id: number): Promise<LaunchId> {
  const launchId = await runOffline(launchpad, id);
  await launchpad.forgetOffline({ key: newKey(), fwIds: fwIds(id) });
  return launchId;
}

/** One round of upkeep: what it declared lost and gave back. */
async function upkeep(launchpad: LaunchPad): Promise<{ lost: LaunchId[]; released: LaunchId[] }> {
  const key = newKey();
  await launchpad.deadAgents({ key });
  const { lost, released } = await launchpad.upkeep({ key, told: [] });
  return { lost: lost.map(({ launchId }) => launchId), released };
}

/** Looks after the launchpad until a round declares something lost or gives it back. */
async function untilFound(launchpad: LaunchPad): ReturnType<typeof upkeep> {
  let found: Awaited<ReturnType<typeof upkeep>> = { lost: [], released: [] };
  await until(async () => {
    found = await upkeep(launchpad);
    return found.lost.length + found.released.length > 0;
  });
  return found;
}

export function withoutLeaseContract(open: OpenLaunchPad): void {
  describe('a Launch of another program', () => {
    const launchpad = freshLaunchPad(open, { ...longLeases, runExpirationSeconds: 0.05 });

    it('is lost, by upkeep, when it was not heard of for as long as FireWorks waits', async () => {
      await add(launchpad(), chain);
      const id = await runElsewhere(launchpad(), 1);
      expect(await untilFound(launchpad())).toEqual({ lost: [id], released: [] });
      expect(await states(launchpad())).toEqual({ 1: 'FIZZLED', 2: 'WAITING', 3: 'WAITING' });
      const { action } = await launch(launchpad(), id);
      expect(action?.storedData.get('_exception')).toEqual(
        userMap({ _stacktrace: `Nothing was heard of its worker since ${longAgo}.`, _details: null }),
      );
    });

    it('is left alone while it runs without a launchpad, and so is that of a living worker', async () => {
      await add(launchpad(), independent(3));
      await run(launchpad(), 1);
      await runOffline(launchpad(), 2);
      const lost = await runElsewhere(launchpad(), 3);
      expect(await untilFound(launchpad())).toEqual({ lost: [lost], released: [] });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING', 2: 'RUNNING', 3: 'FIZZLED' });
    });
  });

  describe('a Launch of another program, while nobody watched the launchpad', () => {
    const terms = { ...longLeases, runExpirationSeconds: 0.05, watchGapSeconds: 0 };
    const launchpad = freshLaunchPad(open, terms);

    it('is not lost by upkeep, since its worker may have been unable to say that it lives', async () => {
      await add(launchpad(), chain);
      await runElsewhere(launchpad(), 1);
      const end = Date.now() + 200;
      while (Date.now() < end) expect(await upkeep(launchpad())).toEqual({ lost: [], released: [] });
    });

    it('is lost when somebody asks for it', async () => {
      await add(launchpad(), chain);
      const id = await runElsewhere(launchpad(), 1);
      const request = { key: newKey(), silentSeconds: 14_400, launchIds: [id] };
      const { lost } = await launchpad().declareLost({ ...request, afterwards: 'stop' });
      expect(lost).toEqual([{ launchId: id, fwId: 1, reran: false }]);
    });
  });

  describe('a reservation', () => {
    const launchpad = freshLaunchPad(open, { ...longLeases, reservationExpirationSeconds: 0.05 });

    it('that stands for too long is given back by upkeep, and its job may still come', async () => {
      await add(launchpad(), chain);
      const id = await reserveForJob(launchpad(), 1);
      expect(await untilFound(launchpad())).toEqual({ lost: [], released: [id] });
      expect(await states(launchpad())).toMatchObject({ 1: 'READY' });
      expect(await launch(launchpad(), id)).toMatchObject({ state: 'READY' });
      await run(launchpad(), 1);
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
    });

    it('stands while a worker holds it that lives, or while it may run without a launchpad', async () => {
      await add(launchpad(), independent(3));
      await reserve(launchpad(), 1);
      const offline = await reserveForJob(launchpad(), 2);
      await launchpad().registerOffline({ launchIds: [offline] });
      const stale = await reserveForJob(launchpad(), 3);
      expect(await untilFound(launchpad())).toEqual({ lost: [], released: [stale] });
      expect(await states(launchpad())).toEqual({ 1: 'RESERVED', 2: 'RESERVED', 3: 'READY' });
    });
  });

  describe('a reservation that is not old', () => {
    const launchpad = freshLaunchPad(open);

    it('is left alone', async () => {
      await add(launchpad(), chain);
      await reserveForJob(launchpad(), 1);
      expect(await upkeep(launchpad())).toEqual({ lost: [], released: [] });
      expect(await states(launchpad())).toMatchObject({ 1: 'RESERVED' });
    });
  });
}
