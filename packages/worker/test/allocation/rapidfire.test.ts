import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import type { Allocation } from '../../src/allocation/allocation.ts';
import type { RoomOptions } from '../../src/allocation/room.ts';
import { createStop } from '../../src/stop.ts';
import { reasonOf, storedData, type WorkerSite, workerSite } from '../worker-site.ts';

let site: WorkerSite;
beforeEach(async () => {
  site = await workerSite();
});
afterEach(() => site.end());

const nothing: Allocation = {
  ...{ system: null, jobId: null, restarts: 0, nodes: [] },
  ...{ cores: 4, totalCores: 4, coreIds: null, memory: null, gpus: [], endsAt: null },
};

function room(
  allocation: Partial<Allocation> = {},
  options: Partial<RoomOptions> = {},
): { slots: number; room: RoomOptions } {
  const whole = { ...nothing, totalCores: allocation.cores ?? nothing.cores, ...allocation };
  const defaults = { defaultCores: whole.cores, defaultWalltime: null, endingSeconds: 0 };
  return { slots: whole.cores, room: { allocation: whole, ...defaults, ...options } };
}

const inSeconds = (seconds: number) => Date.now() / 1000 + seconds;

/** A Workflow of Fireworks that have nothing to do with each other, each with a script and what it needs. */
const yaml = (...fireworks: { script: string; needs?: object; name?: string }[]) =>
  JSON.stringify({
    links: {},
    metadata: {},
    fws: fireworks.map(({ script, needs, name }, i) => ({
      fw_id: i + 1,
      name: name ?? `n${i}`,
      spec: {
        _tasks: [{ _fw_name: 'ScriptTask', script, store_stdout: true, use_shell: true }],
        ...(needs && { _resources: needs }),
      },
    })),
  });

/** Writes when it begins and ends, and with how many cores, to the ledger. */
const noted = (seconds: number) =>
  `echo begin $OMP_NUM_THREADS >> ${join(site.folder, 'ledger')}; sleep ${seconds}; echo end $OMP_NUM_THREADS >> ${join(site.folder, 'ledger')}`;

function ledger(): { most: number; lines: number } {
  const lines = readFileSync(join(site.folder, 'ledger'), 'utf8').trim().split('\n');
  let cores = 0;
  let most = 0;
  for (const line of lines) {
    const [what, count] = line.split(' ');
    cores += (what === 'begin' ? 1 : -1) * Number(count);
    most = Math.max(most, cores);
  }
  return { most, lines: lines.length };
}

describe('Fireworks in an allocation', () => {
  it('run side by side as far as the cores reach, and never use more', async () => {
    const cores = [1, 2, 1, 4, 2, 1, 1, 2, 4, 1];
    await site.add(yaml(...cores.map((count) => ({ script: noted(0.15), needs: { cores: count } }))));
    expect(await site.runAll({}, room())).toMatchObject({ completed: 10 });
    expect(ledger()).toEqual({ most: 4, lines: 20 });
  });

  it('have everything to themselves where they declare nothing', async () => {
    const file = join(site.folder, 'ledger');
    const alone = `printenv OMP_NUM_THREADS || echo unset; echo begin 1 >> ${file}; sleep 0.1; echo end 1 >> ${file}`;
    const [first = fwId(0)] = await site.add(yaml({ script: alone }, { script: alone }, { script: alone }));
    await site.runAll({}, room());
    expect(storedData(await site.firework(first)).stdout).toBe('unset\n');
    expect(ledger()).toEqual({ most: 1, lines: 6 });
  });

  it('are bound to cores of their own, and see GPUs of their own', async () => {
    const script = 'grep -o "Cpus_allowed_list.*" /proc/self/status | cut -f2; echo $CUDA_VISIBLE_DEVICES';
    const needs = { cores: 1, gpus: 1 };
    const ids = await site.add(
      yaml({ script: `${script}; sleep 0.3`, needs }, { script: `${script}; sleep 0.3`, needs }),
    );
    await site.runAll({}, room({ cores: 2, coreIds: [0, 1], gpus: ['4', '7'] }));
    const seen = await Promise.all(ids.map(async (id) => storedData(await site.firework(id)).stdout));
    expect(seen.sort()).toEqual(['0\n4\n', '1\n7\n']);
  });

  it('are left to others when they need more than there is', async () => {
    const needs = [
      { cores: 5 },
      { gpus: 1 },
      { memory: '3G' },
      { walltime: 100 },
      { cores: 4, memory: 1024, walltime: 10 },
    ];
    const ids = await site.add(yaml(...needs.map((need) => ({ script: 'true', needs: need }))));
    await site.runAll({}, room({ memory: 2048, endsAt: inSeconds(60) }));
    const states = await Promise.all(ids.map(async (id) => (await site.firework(id)).state));
    expect(states).toEqual(['READY', 'READY', 'READY', 'READY', 'COMPLETED']);
    // They were not even claimed.
    expect((await site.firework(ids[0] ?? fwId(0))).archivedLaunches).toEqual([]);
  });
});

describe('the end of an allocation', () => {
  it('is not met by Fireworks of which is known from others that they take longer', async () => {
    const slow = { script: 'sleep 1.2', name: 'slow' };
    await site.add(yaml(slow));
    await site.runAll();
    const [again = fwId(0), quick = fwId(0)] = await site.add(yaml(slow, { script: 'true', name: 'quick' }));
    await site.runAll({}, room({ endsAt: inSeconds(1.3) }));
    expect((await site.firework(again)).state).toBe('READY');
    expect((await site.firework(quick)).state).toBe('COMPLETED');
    expect(site.logged.join('\n')).toMatch(
      /"slow" is left to others: it may take \d+ seconds, and \d are left here/,
    );
  });

  it('is not met by Fireworks of which nothing is known, where it is said how long such ones may take', async () => {
    const [id = fwId(0)] = await site.add(yaml({ script: 'true' }));
    await site.runAll({}, room({ endsAt: inSeconds(30) }, { defaultWalltime: 60 }));
    expect((await site.firework(id)).state).toBe('READY');
    await site.runAll({}, room({ endsAt: inSeconds(300) }, { defaultWalltime: 60 }));
    expect((await site.firework(id)).state).toBe('COMPLETED');
  });

  it('lets nothing begin once only the time to end is left', async () => {
    const [id = fwId(0)] = await site.add(yaml({ script: 'true' }));
    expect(await site.runAll({}, room({ endsAt: inSeconds(30) }, { endingSeconds: 60 }))).toMatchObject({
      launched: 0,
    });
    expect((await site.firework(id)).state).toBe('READY');
  });

  it('ends what runs, and says why', async () => {
    const [id = fwId(0), next = fwId(0)] = await site.add(
      yaml({ script: 'echo on; sleep 60' }, { script: 'true' }),
    );
    const stop = createStop();
    const end = site.runAll({}, room(), stop);
    await until(async () => (await site.firework(id)).state === 'RUNNING');
    stop.ask('SIGTERM', 'the time of job 7 ends');
    expect(await end).toMatchObject({ fizzled: 1, because: 'the time of job 7 ends' });
    expect(reasonOf(await site.firework(id))).toContain('interrupted: the time of job 7 ends');
    expect((await site.firework(next)).state).toBe('READY');
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come about within thirty seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
