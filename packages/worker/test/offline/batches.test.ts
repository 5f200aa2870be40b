import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FwId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { isTaken, offeredBatches, takeBatch, takenBatches, workIn } from '../../src/offline/batches.ts';
import { offlineSpool, openOfflineBatch } from '../../src/offline/open-batch.ts';
import { prepareBatch } from '../../src/offline/preparing.ts';
import { makeMarker } from '../../src/offline/start-marker.ts';
import { type Tending, tendBatches } from '../../src/offline/tending.ts';
import { rapidfire } from '../../src/rapidfire.ts';
import { createStop } from '../../src/stop.ts';
import { nobody, reasonOf, untilDrained } from '../worker-site.ts';
import { type OfflineSite, offlineSite } from './offline-site.ts';

let site: OfflineSite;
let folder: string;
beforeEach(async () => {
  site = await offlineSite();
  folder = join(site.folder, 'chain');
  mkdirSync(folder);
});
afterEach(() => site.end());

const never = new AbortController().signal;

/** What the login node does now and then. Jobs that have ended are named with the words for it. */
function tend(ended: Record<string, string> = {}, more: Partial<Tending> = {}): Promise<boolean> {
  return tendBatches({
    ...{ launchpad: site.launchpad, log: site.worker().log, folder, fworker: nobody, order: 'any' },
    ...{ blockFormat: '%Y-%m-%d-%H-%M-%S-%f', offers: 1, batchSize: 10 },
    endOf: async (jobId) => {
      const words = ended[jobId];
      return words === undefined ? null : { jobId, job: null, words };
    },
    ...more,
  });
}

/** So many Fireworks, each of which writes the number into `ran`. */
async function add(count: number, script = 'true'): Promise<FwId[]> {
  const ids: FwId[] = [];
  for (let n = 0; n < count; n++) {
    const text = `echo ${n} >> ${site.folder}/ran; ${script}`;
    ids.push(
      ...(await site.add(`spec: {_tasks: [{_fw_name: ScriptTask, script: ${JSON.stringify(text)}}]}`)),
    );
  }
  return ids;
}

const ran = () => readFileSync(join(site.folder, 'ran'), 'utf8').trim().split('\n').sort();
const states = (ids: FwId[]) => Promise.all(ids.map(async (id) => (await site.firework(id)).state));

/** The batch that a job takes; where its Launches are. */
async function taken(jobId: string): Promise<string> {
  const directory = await takeBatch(folder, jobId, never);
  if (directory === null) throw new Error('there is no batch');
  return directory;
}

const launchesIn = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.startsWith('launcher_'))
    .sort()
    .map((name) => join(directory, name));

/** What the job runs in the directory of its batch. */
function run(directory: string, stop = createStop()) {
  const launchpad = openOfflineBatch(directory, site.worker().log);
  const worker = site.worker({ launchpad, directory, spool: offlineSpool(directory) });
  return rapidfire(worker, { ...untilDrained, place: 'launch' }, stop);
}

describe('batches for jobs without a launchpad', () => {
  it('are prepared from what is READY, taken, run, recovered, and followed by others until all is done', async () => {
    const ids = await add(5);
    await tend({}, { offers: 2, batchSize: 2 });
    expect(offeredBatches(folder)).toHaveLength(2);
    expect(await states(ids)).toEqual(['RESERVED', 'RESERVED', 'RESERVED', 'RESERVED', 'READY']);
    for (const jobId of ['1', '2']) expect((await run(await taken(jobId))).completed).toBe(2);
    await site.recover();
    await tend();
    expect(takenBatches(folder)).toEqual([]);
    await run(await taken('3'));
    expect(workIn(folder)).toEqual({ ready: false, later: true });
    await site.recover();
    await tend();
    expect(workIn(folder)).toEqual({ ready: false, later: false });
    expect(ran()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('are shared out among the jobs that may come', async () => {
    await add(6);
    await tend({}, { offers: 3, batchSize: 100 });
    const sizes = [];
    for (const jobId of ['1', '2', '3']) sizes.push(launchesIn(await taken(jobId)).length);
    expect(sizes).toEqual([2, 2, 2]);
  });

  it('are taken by one of all that try at once', async () => {
    await add(1);
    await tend();
    const [batch = ''] = offeredBatches(folder);
    const tries = Array.from({ length: 10 }, (_, i) => isTaken(folder, { batch, jobId: String(i) }));
    expect(tries.filter((success) => success)).toHaveLength(1);
  });

  it('may be prepared by two login nodes at once: no Firework is in two of them', async () => {
    const ids = await add(8);
    await Promise.all([tend(), tend(), tend()]);
    let launches = 0;
    while (offeredBatches(folder).length > 0) launches += launchesIn(await taken('1')).length;
    expect(launches).toBe(8);
    expect(new Set(await states(ids))).toEqual(new Set(['RESERVED']));
  });

  it('are waited for no longer than the chain has work', async () => {
    await tend();
    expect(await takeBatch(folder, '1', never)).toBeNull();
  });
});

describe('a login node that is killed while it prepares a batch', () => {
  it('is followed by one that offers it, when it was not touched for a minute', async () => {
    await add(2);
    const directory = join(folder, 'batches', 'batch_1');
    mkdirSync(directory, { recursive: true });
    const { launchpad } = site;
    await prepareBatch({ launchpad, fworker: nobody, order: 'any', count: 2, directory, blockFormat: '%f' });
    await tend();
    expect(offeredBatches(folder)).toEqual([]);
    utimesSync(directory, 1e9, 1e9);
    await tend();
    expect(offeredBatches(folder)).toEqual(['batch_1']);
    expect((await run(await taken('1'))).completed).toBe(2);
  });
});

describe('a login node that is killed before it has noted all of a batch', () => {
  it('is followed by one that notes it first: reservations that belong to no job are given back', async () => {
    const [id] = await add(1);
    const directory = join(folder, 'batches', 'batch_1');
    mkdirSync(directory, { recursive: true });
    const dying = async (): Promise<never> => {
      throw new Error('killed');
    };
    const launchpad = {
      ...site.launchpad,
      noteReservation: dying,
    };
    const batch = {
      launchpad,
      fworker: nobody,
      order: 'any',
      count: 1,
      directory,
      blockFormat: '%f',
    } as const;
    await expect(prepareBatch(batch)).rejects.toThrow('killed');
    utimesSync(directory, 1e9, 1e9);
    await tend();
    expect(offeredBatches(folder)).toEqual(['batch_1']);
    const { fireworks } = await site.launchpad.findFireworks({ fwIds: id ? [id] : [], fields: 'launches' });
    expect(fireworks[0]?.launchRecords[0]?.history[0]?.reservationId).toMatch(/^offline-/);
  });
});

describe('a job that is killed', () => {
  it('before it has begun anything, leaves its batch to the next job', async () => {
    const ids = await add(2);
    await tend();
    await taken('7');
    await tend();
    expect(offeredBatches(folder)).toEqual([]);
    await tend({ 7: 'NODE_FAIL' });
    expect((await run(await taken('8'))).completed).toBe(2);
    await site.recover();
    expect(await states(ids)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it('right after it began a Launch, loses that one with the reason, and leaves the others', async () => {
    const ids = await add(2);
    await tend();
    const [first = ''] = launchesIn(await taken('7'));
    const at = timestamp(Date.now());
    makeMarker(first, { token: 't', host: 'node', pid: 1, at, givenBack: null });
    expect((await site.recover()).running).toHaveLength(1);
    await tend({ 7: 'TIMEOUT' });
    await run(await taken('8'));
    await site.recover();
    expect((await states(ids)).sort()).toEqual(['COMPLETED', 'FIZZLED']);
    const fizzled = await Promise.all(ids.map((id) => site.firework(id)));
    const reasons = fizzled.flatMap((one) => (one.state === 'FIZZLED' ? [reasonOf(one)] : []));
    expect(reasons).toEqual([expect.stringContaining('Its job 7 ended: TIMEOUT')]);
    expect(ran()).toHaveLength(1);
  });

  it('in the midst of its tasks, loses what it ran, and what it had not begun is run once by another', async () => {
    const ids = await add(2, `mkdir ${site.folder}/held 2>/dev/null && sleep 100 || true`);
    await tend();
    const stop = createStop();
    const end = run(await taken('7'), stop);
    const held = join(site.folder, 'held');
    const deadline = Date.now() + 30_000;
    while (!existsSync(held)) {
      if (Date.now() > deadline) throw new Error('it does not begin');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await tend({ 7: 'NODE_FAIL' });
    expect((await states(ids)).sort()).toEqual(['FIZZLED', 'RESERVED']);
    await run(await taken('8'));
    // The one that was believed dead tells its result too late, and finds nothing that it could still run.
    stop.ask('SIGTERM');
    await end;
    await site.recover();
    await tend({ 8: 'COMPLETED' });
    expect((await states(ids)).sort()).toEqual(['COMPLETED', 'FIZZLED']);
    expect(ran()).toEqual(['0', '1']);
    expect(takenBatches(folder)).toEqual([]);
  });

  it('after its tasks, has its results recovered', async () => {
    const ids = await add(2);
    await tend();
    await run(await taken('7'));
    await tend({ 7: 'NODE_FAIL' });
    expect(offeredBatches(folder)).toEqual([]);
    await site.recover();
    expect(await states(ids)).toEqual(['COMPLETED', 'COMPLETED']);
  });

  it('while it gives back what it did not run, has done so: nobody runs it, and it is READY again', async () => {
    const ids = await add(1);
    await tend();
    const [dir = ''] = launchesIn(await taken('7'));
    const at = timestamp(Date.now());
    // The marker is written, and FW_offline.json is not.
    makeMarker(dir, { token: '', host: 'node', pid: 1, at, givenBack: 'the time is over' });
    expect((await site.recover()).givenBack).toEqual(ids);
    expect(await states(ids)).toEqual(['READY']);
    await tend();
    expect((await run(await taken('8'))).completed).toBe(1);
    await site.recover();
    expect(await states(ids)).toEqual(['COMPLETED']);
    expect(ran()).toEqual(['0']);
  });
});

describe('a batch with a Launch that no job can read', () => {
  it('is offered no more when the rest of it has run, and it is said which Firework is left', async () => {
    const ids = await add(2);
    await tend();
    const directory = await taken('7');
    writeFileSync(join(launchesIn(directory)[0] ?? '', 'FW.json'), '{"spec": {"_ta');
    await run(directory);
    await site.recover();
    await tend({ 7: 'COMPLETED' });
    expect(offeredBatches(folder)).toEqual([]);
    expect((await states(ids)).sort()).toEqual(['COMPLETED', 'RESERVED']);
    expect(site.logged.join('\n')).toMatch(/Firework \d+ is left as it is: .*FW\.json/);
  });

  it('or whose directory is gone, is left to the user', async () => {
    await add(1);
    await tend();
    const directory = await taken('7');
    rmSync(directory, { recursive: true });
    await tend({ 7: 'COMPLETED' });
    expect(offeredBatches(folder)).toEqual([]);
    expect((await site.recover()).failed).toHaveLength(1);
  });
});

describe('a chain that has stopped', () => {
  it('gives its batches back: what was prepared is READY again, and a job that comes late runs none of it', async () => {
    const ids = await add(2);
    await tend();
    const directory = join(folder, 'batches', offeredBatches(folder)[0] ?? '');
    await tend({}, { offers: 0 });
    expect(await states(ids)).toEqual(['READY', 'READY']);
    expect(workIn(folder).ready).toBe(false);
    expect((await run(directory)).launched).toBe(0);
    await tend({}, { offers: 0 });
    expect(takenBatches(folder)).toEqual([]);
  });

  it('does so also when who gave them back was killed in the midst of it', async () => {
    const ids = await add(2);
    await tend();
    const [batch = ''] = offeredBatches(folder);
    isTaken(folder, { batch, jobId: 'withdrawn' });
    const [dir = ''] = launchesIn(join(folder, 'batches', batch));
    const at = timestamp(Date.now());
    makeMarker(dir, { token: '', host: 'login', pid: 1, at, givenBack: 'its chain has stopped' });
    await tend({}, { offers: 0 });
    expect(await states(ids)).toEqual(['READY', 'READY']);
  });

  it('also what a job had taken that has ended without running it', async () => {
    const ids = await add(2);
    await tend();
    await taken('7');
    await tend({ 7: 'FAILED' }, { offers: 0 });
    expect(await states(ids)).toEqual(['READY', 'READY']);
  });

  it('leaves a batch that a job has taken to that job', async () => {
    const ids = await add(1);
    await tend();
    const directory = await taken('7');
    await tend({}, { offers: 0 });
    expect((await run(directory)).completed).toBe(1);
    await site.recover();
    expect(await states(ids)).toEqual(['COMPLETED']);
  });
});
