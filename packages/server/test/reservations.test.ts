import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { add, claim, states } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { agent, agentId, fworker, independent, newKey } from '../../launchpad/test/store-contract/samples.ts';
import { type ServedLaunchPad, servedLaunchPad } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

let served: ServedLaunchPad;

beforeAll(async () => {
  served = await servedLaunchPad();
});

afterAll(() => served.close());

const place = { order: 'any', host: 'login', ip: '10.0.0.9', launchDir: '/here' } as const;

interface Reserved {
  launchId: LaunchId;
  fwId: FwId;
}

async function reserveAs(launchpad: LaunchPad, name: string): Promise<Reserved> {
  await add(served.stored, independent(1));
  const { reservation } = await launchpad.reserve({ key: newKey(), fworker: fworker({ name }), ...place });
  if (!reservation) throw new Error('nothing was reserved');
  return { launchId: reservation.launchId, fwId: reservation.firework.fwId };
}

const cancel = (launchpad: LaunchPad, { launchId: id }: Reserved) =>
  launchpad.cancelReservations({ key: newKey(), launchIds: [id], reason: 'It is not wanted.' });

const startedOffline = ({ launchId: id, fwId: fw }: Reserved) => ({
  launchId: id,
  fwId: fw,
  startedOn: timestamp(0),
});

/** Everything that can be done with what is reserved. */
const touches: [string, (launchpad: LaunchPad, reserved: Reserved, name: string) => Promise<unknown>][] = [
  ['noteReservation', (as, { launchId: id }) => as.noteReservation({ launchId: id, reservationId: '1' })],
  ['cancelReservations', cancel],
  ['registerOffline', (as, { launchId: id }) => as.registerOffline({ launchIds: [id] })],
  ['tellOffline', (as, reserved) => as.tellOffline({ runs: [startedOffline(reserved)] })],
  [
    'claim',
    async (as, { fwId: id }, name) => {
      const worker = `${name} ${newKey()}`;
      await as.registerAgent({ ...agent(worker), fworker: fworker({ name }) });
      await claim(as, { agentId: agentId(worker), fworker: fworker({ name }), fwId: id });
    },
  ],
];

describe.each(touches)('what a worker reserved, and %s', (what, touch) => {
  let reserved: Reserved;
  let owner: LaunchPad;

  beforeEach(async () => {
    owner = await served.as({ role: 'worker' });
    reserved = await reserveAs(owner, 'cluster');
    if (what === 'tellOffline') await owner.registerOffline({ launchIds: [reserved.launchId] });
  });

  it('is not for the holder of another token, whatever worker he says to be', async () => {
    const other = await served.as({ role: 'worker' });
    const elsewhere = await served.as({ role: 'worker', fworker: 'elsewhere' });
    const refused = { code: 'NOT_ALLOWED', message: expect.stringMatching(/another token/) };
    await expect(touch(other, reserved, 'cluster')).rejects.toMatchObject(refused);
    await expect(touch(elsewhere, reserved, 'elsewhere')).rejects.toMatchObject(refused);
    expect(await states(served.stored)).toMatchObject({ [reserved.fwId]: 'RESERVED' });
  });

  it('is for the holder of the same token, of one that is bound to its FWorker, and for users', async () => {
    await expect(touch(owner, reserved, 'cluster')).resolves.not.toThrow();
    for (const grant of [{ role: 'worker', fworker: 'cluster' }, { role: 'user' }] as const) {
      const next = await reserveAs(owner, 'cluster');
      await owner.registerOffline({ launchIds: [next.launchId] });
      await expect(touch(await served.as(grant), next, 'cluster')).resolves.not.toThrow();
    }
  });
});

describe('what a user reserved', () => {
  it('is claimed by the worker of its job, who can do nothing else with it', async () => {
    const user = await served.as({ role: 'user' });
    const worker = await served.as({ role: 'worker' });
    const reserved = await reserveAs(user, 'cluster');
    await expect(cancel(worker, reserved)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await worker.registerAgent({ ...agent('job'), fworker: fworker({ name: 'cluster' }) });
    const { claims } = await claim(worker, {
      agentId: agentId('job'),
      fworker: fworker({ name: 'cluster' }),
      fwId: reserved.fwId,
    });
    expect(claims).toMatchObject([{ launchId: reserved.launchId }]);
  });
});

describe('who reserved something', () => {
  it('is not for its holder to say', async () => {
    const { tokens } = await served.stored.listTokens();
    const [victim] = tokens;
    await add(served.stored, independent(1));
    const forger = await served.as({ role: 'worker' });
    const owner = victim?.tokenId ?? '';
    const { reservation } = await forger.reserve({ key: newKey(), fworker: fworker(), ...place, owner });
    const id = reservation?.launchId ?? launchId(0);
    const { owners } = await served.stored.findOwners({ launchIds: [id] });
    expect(owners.get(id)).not.toBe(owner);
    expect(await forger.noteReservation({ launchId: id, reservationId: '7' })).toEqual({ noted: true });
  });
});

describe("a worker's token", () => {
  it('shows the offline runs of its own and of its FWorker', async () => {
    const mine = await served.as({ role: 'worker' });
    const run = await reserveAs(mine, 'offline cluster');
    await mine.registerOffline({ launchIds: [run.launchId] });
    const seenAs = async (grant: Parameters<ServedLaunchPad['as']>[0]) =>
      (await (await served.as(grant)).findOffline()).runs.some(({ launchId: id }) => id === run.launchId);
    expect((await mine.findOffline()).runs.map(({ launchId: id }) => id)).toEqual([run.launchId]);
    expect(await seenAs({ role: 'worker' })).toBe(false);
    expect(await seenAs({ role: 'worker', fworker: 'elsewhere' })).toBe(false);
    expect(await seenAs({ role: 'worker', fworker: 'offline cluster' })).toBe(true);
    expect(await seenAs({ role: 'user' })).toBe(true);
  });

  it('bound to an FWorker reserves for no other', async () => {
    const bound = await served.as({ role: 'worker', fworker: 'mine' });
    await expect(reserveAs(bound, 'other')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await expect(reserveAs(bound, 'mine')).resolves.toBeDefined();
  });

  it('reserves by its id only what suits its worker', async () => {
    const bound = await served.as({ role: 'worker', category: 'long' });
    const [id = fwId(0)] = await add(served.stored, independent(1));
    const request = { key: newKey(), fworker: fworker({ category: 'long' }), fwId: id, ...place };
    await expect(bound.reserve(request)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('the chain of a worker', () => {
  const seen = async (launchpad: LaunchPad) => (await launchpad.findChains()).chains.map(({ name }) => name);

  it('is seen and changed with its token, with one that is bound to its FWorker, and by users', async () => {
    const owner = await served.as({ role: 'worker' });
    const bound = await served.as({ role: 'worker', fworker: 'chained' });
    const user = await served.as({ role: 'user' });
    const chain = { name: 'shared', state: '{}', fworker: 'chained' };
    let revision = 0;
    for (const launchpad of [owner, bound, user]) {
      expect(await launchpad.saveChain({ ...chain, revision: revision++ })).toEqual({ saved: true });
      expect(await seen(launchpad)).toContain('shared');
    }
  });

  it('is neither seen nor changed with another, whatever that one says', async () => {
    const owner = await served.as({ role: 'worker' });
    const other = await served.as({ role: 'worker' });
    const user = await served.as({ role: 'user' });
    await owner.saveChain({ name: 'private', revision: 0, state: '{}' });
    await user.saveChain({ name: "a user's", revision: 0, state: '{}', fworker: 'chained', owner: 'x' });
    for (const name of ['private', "a user's"]) {
      expect(await seen(other)).not.toContain(name);
      for (const revision of [0, 1]) {
        await expect(other.saveChain({ name, revision, state: '{"forged": 1}' })).rejects.toMatchObject({
          code: 'NOT_ALLOWED',
        });
      }
    }
    const { chains } = await served.stored.findChains();
    expect(JSON.stringify(chains)).not.toContain('forged');
    expect(chains.find(({ name }) => name === "a user's")).not.toHaveProperty('owner');
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
