import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { add } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { fworker, independent, newKey } from '../../launchpad/test/store-contract/samples.ts';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

let served: ServedLaunchPad;

beforeAll(async () => {
  served = await servedLaunchPad();
  await add(served.stored, independent(4));
});

afterAll(() => served.close());

const place = { order: 'any', host: 'login', ip: '10.0.0.9', launchDir: '/here' } as const;

async function reserveAs(launchpad: LaunchPad, name: string): Promise<LaunchId> {
  const { reservation } = await launchpad.reserve({ key: newKey(), fworker: fworker({ name }), ...place });
  return reservation?.launchId ?? launchId(0);
}

const cancel = (launchpad: LaunchPad, id: LaunchId) =>
  launchpad.cancelReservations({ key: newKey(), launchIds: [id], reason: 'It is not wanted.' });

describe("a worker's token that is bound to an FWorker", () => {
  it('reserves for no other', async () => {
    const bound = await served.as({ role: 'worker', fworker: 'mine' });
    await expect(reserveAs(bound, 'other')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    expect(await reserveAs(bound, 'mine')).toBeGreaterThan(0);
  });

  it('notes and cancels no reservation of another, and its own', async () => {
    const user = await served.as({ role: 'user' });
    const bound = await served.as({ role: 'worker', fworker: 'mine' });
    const theirs = await reserveAs(user, 'other');
    const note = { launchId: theirs, reservationId: '1' };
    await expect(bound.noteReservation(note)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await expect(cancel(bound, theirs)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    const own = await reserveAs(bound, 'mine');
    expect(await bound.noteReservation({ launchId: own, reservationId: '2' })).toEqual({ noted: true });
    expect(await cancel(bound, own)).toEqual({ cancelled: [own] });
  });

  it('reserves by its id only what suits its worker', async () => {
    const bound = await served.as({ role: 'worker', category: 'long' });
    const request = { key: newKey(), fworker: fworker({ category: 'long' }), fwId: fwId(4), ...place };
    await expect(bound.reserve(request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe("a reader's token", () => {
  it('reserves nothing and keeps no chain', async () => {
    const reader = await served.as({ role: 'reader' });
    await expect(reserveAs(reader, 'any')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await expect(reader.saveChain({ name: 'c', revision: 0, state: '{}' })).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});
