import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { OfflineNews } from '@skyrocket/contract/offline';
import type { ReportResult } from '@skyrocket/contract/running';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { chain, fworker, independent, newKey } from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import { add, complete, launch, register, reserve, start, states } from './worker-steps.ts';

const place = { host: 'login', ip: '10.0.0.9', launchDir: '/offline' };
const at = (minutes: number) => timestamp(Date.UTC(2030, 0, 1, 12, minutes));
const checkpoint = { taskIndex: 1, storedData: new Map(), updateSpec: new Map(), modSpec: [] };
const completed = { state: 'COMPLETED', action: emptyAction(), endedOn: at(9) } as const;

/** Reserves Firework 1, and notes its Launch as an offline run. */
async function prepare(launchpad: LaunchPad): Promise<LaunchId> {
  const request = { key: newKey(), fworker: fworker(), order: 'any', ...place } as const;
  const { reservation } = await launchpad.reserve({ ...request, fwId: fwId(1) });
  if (!reservation) throw new Error('Firework 1 cannot be reserved');
  await launchpad.registerOffline({ launchIds: [reservation.launchId] });
  return reservation.launchId;
}

async function tell(
  launchpad: LaunchPad,
  id: LaunchId,
  news: Partial<OfflineNews> = {},
): Promise<ReportResult> {
  const run = { launchId: id, fwId: fwId(1), startedOn: at(1), ...news };
  const { results } = await launchpad.tellOffline({ runs: [run] });
  const [result] = results;
  if (!result) throw new Error('news have a result');
  return result;
}

export function offlineContract(launchpad: CurrentLaunchPad): void {
  describe('running Fireworks without a launchpad', () => {
    it('names those that were registered, with their directories', async () => {
      await add(launchpad(), chain);
      const launchId = await prepare(launchpad());
      await launchpad().registerOffline({ launchIds: [launchId] });
      const run = { launchId, fwId: 1, name: 'firework 1', launchDir: '/offline', fworker: 'worker' };
      expect(await launchpad().findOffline()).toEqual({ runs: [run] });
    });

    it('learns that one runs, since when, and how far it came', async () => {
      await add(launchpad(), chain);
      const id = await prepare(launchpad());
      await tell(launchpad(), id);
      const trackers = [{ filename: 'log', nlines: 5, allowZipped: false, content: 'line' }];
      expect(await tell(launchpad(), id, { pingedOn: at(5), checkpoint, trackers })).toMatchObject({
        outcome: 'applied',
      });
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING', 2: 'WAITING' });
      const { state, history, trackers: seen } = await launch(launchpad(), id);
      expect([state, seen]).toEqual(['RUNNING', trackers]);
      expect(history[1]).toEqual({ state: 'RUNNING', createdOn: at(1), updatedOn: at(5), checkpoint });
      expect((await launchpad().findOffline()).runs).toHaveLength(1);
    });

    it('applies the result of one that it has not heard of before, with its own times', async () => {
      await add(launchpad(), chain);
      const id = await prepare(launchpad());
      expect(await tell(launchpad(), id, { ended: completed })).toMatchObject({ outcome: 'applied' });
      expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
      const { history } = await launch(launchpad(), id);
      const moments = history.slice(1).map(({ state, createdOn }) => [state, createdOn]);
      expect(moments).toEqual([
        ['RUNNING', at(1)],
        ['COMPLETED', at(9)],
      ]);
      expect(await launchpad().findOffline()).toEqual({ runs: [] });
    });

    it('applies a result once, also when two programs tell it at once', async () => {
      await add(launchpad(), { links: { 1: [2] }, specs: { 1: { n: 0 }, 2: { n: 0 } } });
      const id = await prepare(launchpad());
      const action = { ...emptyAction(), modSpec: [new Map([['_inc', new Map([['n', 1]])]])] };
      const ended = { ...completed, action };
      await Promise.all([tell(launchpad(), id, { ended }), tell(launchpad(), id, { ended })]);
      await tell(launchpad(), id, { ended });
      const { fireworks } = await launchpad().findFireworks({ fwIds: [fwId(2)], fields: 'all' });
      expect(fireworks[0]?.spec.get('n')).toBe(1);
    });

    it('lets what the user decided meanwhile stand', async () => {
      await add(launchpad(), chain);
      const id = await prepare(launchpad());
      await launchpad().defuse({ key: newKey(), fwIds: [fwId(1)] });
      expect(await tell(launchpad(), id, { ended: completed })).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toMatchObject({ 1: 'DEFUSED', 2: 'WAITING' });
      expect(await launchpad().findOffline()).toEqual({ runs: [] });
    });

    it('refuses files of another launchpad, and of another Firework', async () => {
      await add(launchpad(), independent(2));
      const id = await prepare(launchpad());
      const foreign = await tell(launchpad(), id, { launchpad: 'of yore', ended: completed });
      expect(foreign.outcome).toBe('refused');
      expect((await tell(launchpad(), id, { fwId: fwId(2), ended: completed })).outcome).toBe('refused');
      expect(await states(launchpad())).toEqual({ 1: 'RESERVED', 2: 'READY' });
    });

    it('refuses what a worker with a launchpad has started', async () => {
      await add(launchpad(), chain);
      await prepare(launchpad());
      const id = await reserve(launchpad(), 1);
      await start(launchpad(), id);
      expect((await tell(launchpad(), id, { ended: completed })).outcome).toBe('refused');
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
    });

    it('forgets the runs of a Firework, whose state stays', async () => {
      await add(launchpad(), chain);
      const id = await prepare(launchpad());
      expect(await launchpad().forgetOffline({ key: newKey(), fwIds: [fwId(1), fwId(2)] })).toEqual({
        forgotten: [1],
      });
      expect(await launchpad().findOffline()).toEqual({ runs: [] });
      expect((await tell(launchpad(), id, { ended: completed })).outcome).toBe('already-applied');
      expect(await states(launchpad())).toMatchObject({ 1: 'RESERVED' });
    });
  });

  describe('learning how long Fireworks take', () => {
    it('looks at COMPLETED ones with the same name', async () => {
      await add(launchpad(), independent(2));
      await register(launchpad(), 'a');
      await complete(launchpad(), 1);
      const { runtimes } = await launchpad().runtimes({ names: ['firework 1', 'firework 2'] });
      expect(runtimes).toEqual([{ name: 'firework 1', seconds: [expect.any(Number)] }]);
    });
  });
}
