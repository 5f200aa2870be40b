import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import { fromPlain } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import { adoptReservations } from '@skyrocket/queue/adopt-reservations';
import type { ListedJob } from '@skyrocket/queue/batch-system';
import { reservationTag } from '@skyrocket/queue/job-tags';
import { openMissingJobs } from '@skyrocket/queue/missing-jobs';
import type { Qlaunch } from '@skyrocket/queue/qlaunch';
import type { Queue } from '@skyrocket/queue/queue';
import { batchSystems } from '@skyrocket/queue/queue-types';
import { adapter, source } from './adapter-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'skyrocket-adopt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const log = { debug() {}, info() {}, warn() {}, error() {} };
const minutes = 60_000;
const fworker = { name: 'here', category: '', query: new Map(), env: new Map() };
let launchpad: LaunchPad;
let count = 0;

beforeEach(async () => {
  launchpad = await openEmbeddedLaunchPad({ file: join(folder, `${++count}.db`), log });
  const fws = [{ fw_id: 1, name: 'one', spec: { _tasks: [] } }];
  const workflow = newWorkflowFromDocument(fromPlain({ name: 'w', metadata: {}, links: {}, fws }));
  await launchpad.addWorkflows({ key: 'add', workflows: [workflow] });
});
afterEach(() => launchpad.close());

/** The launchpad is real. The batch system lists what Slurm's squeue printed. */
async function qlaunchSeeing(printed: () => string): Promise<Qlaunch> {
  const { uuid } = await launchpad.identity();
  const unused = (): never => {
    throw new Error('the batch system is only asked for its list');
  };
  const queue: Queue = {
    list: async (): Promise<ListedJob[]> => batchSystems.SLURM.readList(printed()),
    ...{ submit: unused, cancel: unused, howEnded: unused, restartsOf: unused },
  };
  return {
    ...{ launchpad, launchpadId: uuid, log, fworker, order: 'any', queue },
    adapter: adapter('{_fw_q_type: SLURM, rocket_launch: rlaunch singleshot}'),
    sourceOf: () => source,
    missingJobs: openMissingJobs(join(folder, `${count}-missing.json`)),
    policy: { rerun: [], atMost: 0 },
    keepUp: async () => {},
    ...{ environment: {}, host: 'login', ip: '', scriptName: 'FW_submit.script', jobNameLength: 20 },
    stamp: () => 'now',
    random: () => `key ${Math.random()}`,
  };
}

/** A reservation of which nothing else is noted: its qlaunch was killed. */
async function reserve(name = fworker.name): Promise<{ launchId: number; reservedAt: number }> {
  const { reservation } = await launchpad.reserve({
    ...{ key: 'reserve', fworker: { ...fworker, name }, fwId: fwId(1), order: 'any' },
    ...{ host: 'login', ip: '', launchDir: folder },
  });
  if (!reservation) throw new Error('nothing is READY');
  return { launchId: reservation.launchId, reservedAt: Date.now() };
}

async function stateOfFirework(): Promise<string | undefined> {
  const { fireworks } = await launchpad.findFireworks({ fwIds: [fwId(1)], fields: 'summary' });
  return fireworks[0]?.state;
}

describe('a reservation whose job is not in the list', () => {
  it('stands as long as its submission may be under way', async () => {
    const { reservedAt } = await reserve();
    const qlaunch = await qlaunchSeeing(() => '');
    await adoptReservations(qlaunch, reservedAt + 1 * minutes);
    expect(await adoptReservations(qlaunch, reservedAt + 9 * minutes)).toEqual({ adopted: 0, cancelled: 0 });
    expect(await stateOfFirework()).toBe('RESERVED');
  });

  it('stands after one listing, however old it is', async () => {
    const { reservedAt } = await reserve();
    const qlaunch = await qlaunchSeeing(() => '');
    expect(await adoptReservations(qlaunch, reservedAt + 1000 * minutes)).toMatchObject({ cancelled: 0 });
    expect(await adoptReservations(qlaunch, reservedAt + 1002 * minutes)).toMatchObject({ cancelled: 0 });
    expect(await stateOfFirework()).toBe('RESERVED');
  });

  it('is given back after two listings that lie a lease apart, by whichever qlaunch saw the second', async () => {
    const { reservedAt } = await reserve();
    await adoptReservations(await qlaunchSeeing(() => ''), reservedAt + 20 * minutes);
    const later = await qlaunchSeeing(() => '');
    expect(await adoptReservations(later, reservedAt + 24 * minutes)).toEqual({ adopted: 0, cancelled: 1 });
    expect(await stateOfFirework()).toBe('READY');
  });

  it('is found by its tag when the list is right again, and the two listings must follow each other', async () => {
    const { launchId, reservedAt } = await reserve();
    let printed = '';
    const qlaunch = await qlaunchSeeing(() => printed);
    await adoptReservations(qlaunch, reservedAt + 20 * minutes);
    printed = `12|PENDING|skyrocket:${reservationTag(qlaunch.launchpadId, Object(launchId))}\n`;
    expect(await adoptReservations(qlaunch, reservedAt + 24 * minutes)).toEqual({ adopted: 1, cancelled: 0 });
    expect(await stateOfFirework()).toBe('RESERVED');
    expect((await launchpad.findFireworks({ reservationId: '12', fields: 'ids' })).count).toBe(1);
  });

  it('stands while the list cannot be had', async () => {
    const { reservedAt } = await reserve();
    const qlaunch = await qlaunchSeeing(() => {
      throw new SkyrocketError('QUEUE_FAILED', 'slurm_load_jobs error: Unable to contact slurm controller');
    });
    for (const time of [20, 30, 40]) {
      await expect(adoptReservations(qlaunch, reservedAt + time * minutes)).rejects.toThrow(
        'Unable to contact',
      );
    }
    expect(await stateOfFirework()).toBe('RESERVED');
  });

  it('is none of our business when another worker reserved it, maybe on another cluster', async () => {
    const { reservedAt } = await reserve('there');
    const qlaunch = await qlaunchSeeing(() => '');
    await adoptReservations(qlaunch, reservedAt + 20 * minutes);
    expect(await adoptReservations(qlaunch, reservedAt + 99 * minutes)).toMatchObject({ cancelled: 0 });
  });
});

describe('what is remembered of missing jobs', () => {
  it('is lost with its file: then they are missing only from now on', async () => {
    const { reservedAt } = await reserve();
    const qlaunch = await qlaunchSeeing(() => '');
    await adoptReservations(qlaunch, reservedAt + 20 * minutes);
    rmSync(join(folder, `${count}-missing.json`));
    expect(await adoptReservations(qlaunch, reservedAt + 30 * minutes)).toMatchObject({ cancelled: 0 });
  });
});
