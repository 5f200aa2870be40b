import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import type { Allocation } from '../../src/allocation/allocation.ts';
import type { RapidfireOptions } from '../../src/rapidfire.ts';
import { createStop } from '../../src/stop.ts';
import type { WorkerLaunchPad } from '../../src/worker-options.ts';
import { until, type WorkerSite, workerSite } from '../worker-site.ts';

let site: WorkerSite;
beforeEach(async () => {
  site = await workerSite();
});
afterEach(() => site.end());

/** So many cores, and seconds until the end. */
function room(cores: number, seconds: number | null = null): Partial<RapidfireOptions> {
  const endsAt = seconds === null ? null : Date.now() / 1000 + seconds;
  const allocation: Allocation = {
    ...{ system: null, jobId: null, restarts: 0, nodes: [], memory: null, gpus: [] },
    ...{ cores, totalCores: cores, coreIds: null, endsAt },
  };
  return { slots: cores, room: { allocation, defaultCores: cores, defaultWalltime: null, endingSeconds: 0 } };
}

interface Work {
  script: string;
  needs?: object;
  name?: string;
  priority?: number;
}

const add = (fireworks: Work[]) =>
  site.add(
    JSON.stringify({
      links: {},
      metadata: {},
      fws: fireworks.map(({ script, needs = { cores: 1 }, name = 'one', priority = 0 }, i) => ({
        fw_id: i + 1,
        name,
        spec: { _tasks: [{ _fw_name: 'ScriptTask', script }], _resources: needs, _priority: priority },
      })),
    }),
  );

const many = (count: number, work: Work): Work[] => Array.from({ length: count }, () => work);

/** Writes down when it begins and ends, and its cores. */
const noted = () => {
  const ledger = join(site.folder, 'ledger');
  return `echo $OMP_NUM_THREADS >> ${ledger}; echo -$OMP_NUM_THREADS >> ${ledger}`;
};

/** The most cores that were in use at once. */
function mostCores(): number {
  const changes = readFileSync(join(site.folder, 'ledger'), 'utf8').trim().split('\n').map(Number);
  let [inUse, most] = [0, 0];
  for (const change of changes) {
    inUse += change;
    most = Math.max(most, inUse);
  }
  return most;
}

/** The site's launchpad, and how many Launches were started together. */
function counting(): { launchpad: WorkerLaunchPad; starts: number[] } {
  const starts: number[] = [];
  const launchpad: WorkerLaunchPad = Object.create(site.launchpad, {
    start: {
      value: (request: Parameters<WorkerLaunchPad['start']>[0]) => {
        starts.push(request.starts.length);
        return site.launchpad.start(request);
      },
    },
  });
  return { launchpad, starts };
}

const statesOf = (ids: Awaited<ReturnType<typeof add>>) =>
  Promise.all(ids.map(async (id) => (await site.firework(id)).state));

describe('short Launches of one kind in an allocation', () => {
  it('are started many at a time, and hand their cores on: never more are in use than there are', async () => {
    await add(many(240, { script: noted() }));
    const { launchpad, starts } = counting();
    expect(await site.runAll({ launchpad }, room(2))).toMatchObject({ completed: 240, released: 0 });
    // More than have a core at once.
    expect(Math.max(...starts)).toBeGreaterThan(2);
    expect(starts.length).toBeLessThan(200);
    expect(mostCores()).toBeLessThanOrEqual(2);
  });

  it('make room for those of other kinds', async () => {
    const kinds = [1, 2, 4].flatMap((cores) => many(40, { script: noted(), needs: { cores } }));
    const ids = await add(kinds);
    await add(many(1, { script: noted(), needs: { cores: 3 } }));
    expect(await site.runAll({}, room(4))).toMatchObject({ completed: ids.length + 1 });
    expect(mostCores()).toBeLessThanOrEqual(4);
  });

  it('do not keep one waiting that comes before them and needs more cores', async () => {
    await add(many(400, { script: noted() }));
    const end = site.runAll({}, room(2));
    await until(() => existsSync(join(site.folder, 'ledger')));
    const [large = fwId(0)] = await add([{ script: noted(), needs: { cores: 2 }, priority: 1 }]);
    await until(async () => (await site.firework(large)).state === 'COMPLETED');
    const ran = readFileSync(join(site.folder, 'ledger'), 'utf8').trim().split('\n');
    expect(ran.length).toBeLessThan(800);
    await end;
    expect(mostCores()).toBeLessThanOrEqual(2);
  });

  it('are given back when theirs is stuck behind a long one, while others go on', async () => {
    const go = join(site.folder, 'go');
    const wide = { cores: 2 };
    await add(many(20, { script: 'true', needs: wide, name: 'wide' }));
    await site.runAll({}, room(3));
    const held = `touch ${go}.begun; while [ ! -e ${go} ]; do sleep 0.02; done`;
    await add([{ script: held, needs: wide, name: 'wide' }]);
    const behind = await add(many(20, { script: 'true', needs: wide, name: 'wide' }));
    const end = site.runAll({}, room(3));
    await until(() => existsSync(`${go}.begun`));
    await add(many(20, { script: 'sleep 0.2', name: 'narrow' }));
    await until(async () => (await statesOf(behind)).every((state) => state === 'READY'));
    writeFileSync(go, '');
    expect(await end).toMatchObject({ completed: 41, fizzled: 0 });
  });
});

describe('Launches that were started ahead in an allocation', () => {
  it('are given back when the worker is told to end', async () => {
    const ids = await add(many(300, { script: noted() }));
    const stop = createStop();
    const end = site.runAll({}, room(2), stop);
    await until(() => existsSync(join(site.folder, 'ledger')));
    stop.ask('SIGTERM');
    const { completed, untold } = await end;
    expect(untold).toBe(0);
    const states = await statesOf(ids);
    expect(states.filter((state) => state === 'READY' || state === 'FIZZLED').length).toBe(300 - completed);
    const lines = readFileSync(join(site.folder, 'ledger'), 'utf8').trim().split('\n');
    const begun = lines.filter((line) => !line.startsWith('-')).length;
    // One on each core may have been ended before it wrote its first line.
    expect(states.filter((state) => state === 'READY').length).toBeGreaterThanOrEqual(300 - begun - 2);
  });

  it('do not begin when they could not end in time any more', async () => {
    // Short as they are, each may take two seconds, as it says.
    const times = join(site.folder, 'times');
    const work = { script: `date +%s.%N >> ${times}`, needs: { cores: 1, walltime: 2 } };
    const ids = await add(many(2000, work));
    const endsAt = Date.now() / 1000 + 4;
    const { completed, fizzled } = await site.runAll({}, room(1, 4));
    expect(Date.now() / 1000).toBeLessThan(endsAt + 1);
    const begins = readFileSync(times, 'utf8').trim().split('\n').map(Number);
    expect([fizzled, completed]).toEqual([0, begins.length]);
    // The time between the last look and the begin of a command is none of ours.
    expect(Math.max(...begins)).toBeLessThan(endsAt - 2 + 0.5);
    const states = await statesOf(ids);
    expect(states.filter((state) => state === 'READY')).toHaveLength(2000 - completed);
  });
});
