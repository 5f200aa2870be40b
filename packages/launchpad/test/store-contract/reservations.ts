import { describe, expect, it } from '@jest/globals';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agentId, fworker, independent, newKey } from './samples.ts';
import { add, claim, claimed, firework, launch, register, reserve, start, workflowState } from './steps.ts';

const submittedFrom = { host: 'login1', ip: '10.0.0.9', launchDir: '/submitted' };
const forJob = { agentId: null, submittedFrom } as const;

export function reservationContract(store: CurrentStore): void {
  describe('reservations for jobs of a batch system', () => {
    it('make a Firework RESERVED with a Launch that is nobody’s', async () => {
      await add(store(), independent(1));
      expect(claimed(await claim(store(), forJob))).toEqual([1]);
      expect(await firework(store(), 1)).toMatchObject({ state: 'RESERVED', launches: [1] });
      expect(await launch(store(), launchId(1))).toMatchObject({ state: 'RESERVED', ...submittedFrom });
      expect(await workflowState(store(), 1)).toBe('RESERVED');
    });

    it('give a repeated call its first answer', async () => {
      await add(store(), independent(2));
      const key = newKey();
      await claim(store(), { ...forJob, key });
      expect(claimed(await claim(store(), { ...forJob, key }))).toEqual([1]);
    });

    it('reserve nothing a second time, also by its id', async () => {
      await add(store(), independent(1));
      await claim(store(), forJob);
      expect(claimed(await claim(store(), { ...forJob, fwId: fwId(1) }))).toEqual([]);
    });

    it('are claimed and started by the first worker that names the Firework, in the same Launch', async () => {
      await add(store(), independent(1));
      await claim(store(), forJob);
      const id = await reserve(store(), 1);
      expect(id).toBe(1);
      await register(store(), 'b');
      expect(claimed(await claim(store(), { agentId: agentId('b'), fwId: fwId(1) }))).toEqual([]);
      expect((await start(store(), id)).outcome).toBe('started');
      expect((await launch(store(), id)).history.map(({ state }) => state)).toEqual(['RESERVED', 'RUNNING']);
    });

    it('get the id of their job once, and keep it when they run', async () => {
      await add(store(), independent(1));
      await claim(store(), forJob);
      const noted = { launchId: launchId(1), launchDir: '/job', reservationId: '1001' };
      expect(await store().noteReservation(noted)).toBe(true);
      expect(await store().noteReservation(noted)).toBe(true);
      expect(await store().noteReservation({ ...noted, reservationId: '1002' })).toBe(false);
      const { launchDir, history } = await launch(store(), launchId(1));
      expect([launchDir, history[0]?.reservationId]).toEqual(['/job', '1001']);
      await start(store(), await reserve(store(), 1), { launchDir: '/node' });
      expect((await launch(store(), launchId(1))).history[0]?.reservationId).toBe('1001');
      const found = await store().findFireworks({ reservationId: '1001', fields: 'ids' });
      expect(found.fireworks.map(({ fwId: id }) => id)).toEqual([1]);
    });

    it('may get the id of a job that runs already, but its directory stays that of the worker', async () => {
      await add(store(), independent(1));
      await claim(store(), forJob);
      await start(store(), await reserve(store(), 1), { launchDir: '/node' });
      const noted = { launchId: launchId(1), launchDir: '/job', reservationId: '1001' };
      expect(await store().noteReservation(noted)).toBe(true);
      expect(await launch(store(), launchId(1))).toMatchObject({ launchDir: '/node', state: 'RUNNING' });
    });

    it('are not noted on what does not exist', async () => {
      expect(await store().noteReservation({ launchId: launchId(7), reservationId: '1' })).toBe(false);
    });

    it('belong to the FWorker that reserved until another one runs them', async () => {
      await add(store(), independent(1));
      await claim(store(), { ...forJob, fworker: fworker({ name: 'login' }) });
      expect((await launch(store(), launchId(1))).fworker.name).toBe('login');
    });
  });

  describe('chains of jobs', () => {
    it('are kept by whoever saw their last revision, and by nobody else', async () => {
      expect(await store().saveChain({ name: 'c', revision: 0, state: 'one' })).toBe(true);
      expect(await store().saveChain({ name: 'c', revision: 0, state: 'two' })).toBe(false);
      expect(await store().saveChain({ name: 'c', revision: 1, state: 'three' })).toBe(true);
      expect(await store().saveChain({ name: 'c', revision: 1, state: 'four' })).toBe(false);
      expect(await store().findChains()).toEqual([{ name: 'c', revision: 2, state: 'three' }]);
    });

    it('are told by name', async () => {
      await store().saveChain({ name: 'b', revision: 0, state: '' });
      await store().saveChain({ name: 'a', revision: 0, state: '' });
      expect((await store().findChains()).map(({ name }) => name)).toEqual(['a', 'b']);
    });

    it('cannot be changed before they are there', async () => {
      expect(await store().saveChain({ name: 'c', revision: 3, state: '' })).toBe(false);
    });

    it('are changed by one of those who do it at once', async () => {
      await store().saveChain({ name: 'c', revision: 0, state: '' });
      const saved = await Promise.all(
        Array.from({ length: 8 }, (_, i) => store().saveChain({ name: 'c', revision: 1, state: `${i}` })),
      );
      expect(saved.filter(Boolean)).toHaveLength(1);
    });
  });
}
