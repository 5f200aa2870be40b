import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isSystemError } from '@skyrocket/contract/system-error';
import { lives, patiently, type Running, type Site, until } from '../programs/site.ts';
import { forgetfulProxy } from '../server/forgetful-proxy.ts';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  whenInState,
  writeAdapter,
} from './batch-system.ts';
import { siteOverHttp } from './site-over-http.ts';

const slurm = startedBatchSystem('slurm');

interface Jobs {
  running: string[];
  pending: string[];
}

/** Jobs of a site that have not ended. */
function jobsOf(site: Site): Jobs {
  const lines = slurm.command('squeue', '-h', '-O', 'JobID:20,State:20,WorkDir:200').split('\n');
  const jobs = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[2]?.startsWith(site.directory));
  const inState = (state: string) => jobs.flatMap(([id = '', now]) => (now === state ? [id] : []));
  return { running: inState('RUNNING'), pending: inState('PENDING') };
}

async function when(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const drain = (site: Site) => jobCommand(site, 'rlaunch', '-c', site.directory, 'rapidfire');
const infinite = (site: Site, slots: number) =>
  site.run('qlaunch', 'infinite', '-m', String(slots), '--name', 'c');

/** Refills a chain as cron would, until all Fireworks are done. The most jobs that were there at once. */
async function untilDone(
  site: Site,
  slots: number,
  count: number,
): Promise<{ running: number; pending: number }> {
  const most = { running: 0, pending: 0 };
  await when(async () => {
    const { running, pending } = jobsOf(site);
    most.running = Math.max(most.running, running.length);
    most.pending = Math.max(most.pending, pending.length);
    if (running.length + pending.length === 0) await infinite(site, slots);
    return (await countState(site, 'COMPLETED')) === count;
  }, `${count} Fireworks are COMPLETED`);
  await when(() => jobsOf(site).running.length + jobsOf(site).pending.length === 0, 'the queue is empty');
  return most;
}

const parentOf = (pid: number) =>
  Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

/** Those that a process has started, and what these have. */
function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** What has ended by itself meanwhile, as the sleep of a task does, is as good as killed. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}

describe('kill -9 of the step of slurmd in which a job runs', () => {
  /** A job in which a Firework runs until the file `go` is there, and the shell of the job. */
  async function runningJob(): Promise<{ site: Site; job: string; shell: number }> {
    const site = slurm.site();
    const [begun, go, shell] = ['begun', 'go', 'shell'].map((name) => join(site.directory, name));
    const rlaunch = jobCommand(site, 'rlaunch', 'singleshot');
    writeAdapter(site, 'SLURM', {
      rocket_launch: `echo $$ >${shell}; ${rlaunch}`,
      directives: ['--no-requeue'],
    });
    const script = `touch ${begun}; while [ ! -e ${go} ]; do sleep 0.1; done; echo 1 >>${site.directory}/ran`;
    site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
    await site.run('lpad', 'add', 'one.yaml');
    await site.run('qlaunch', 'singleshot');
    await until(() => site.lines('shell').length > 0 && existsSync(String(begun)), 'the task runs');
    return { site, job: jobsOf(site).running[0] ?? '', shell: Number(site.lines('shell')[0]) };
  }

  it(
    'alone changes nothing: the worker goes on, and its result counts once',
    async () => {
      const { site, job, shell } = await runningJob();
      process.kill(parentOf(shell), 'SIGKILL');
      await site.run('lpad', 'admin', 'maintain');
      expect(await countState(site, 'RUNNING')).toBe(1);
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 1);
      expect(site.lines('ran')).toEqual(['1']);
      slurm.command('scancel', job);
    },
    patiently,
  );

  it(
    'and of all that it started: the Launch is lost, and says what Slurm says in the end',
    async () => {
      const { site, job, shell } = await runningJob();
      const step = parentOf(shell);
      for (const pid of [step, shell, ...descendantsOf(shell)]) kill(pid);
      const first = await site.run('lpad', 'admin', 'maintain');
      expect(first.stderr).toContain('is lost: FIZZLED');
      // Slurm does not notice by itself before the time of the job is over.
      slurm.command('scancel', job);
      await when(() => !jobsOf(site).running.includes(job), 'the job is over');
      expect((await site.run('lpad', 'admin', 'maintain')).stderr).toContain('(CANCELLED): it stays FIZZLED');
      expect(site.lines('ran')).toEqual([]);
    },
    patiently,
  );
});

describe('kill -9 of the server while a chain runs', () => {
  it(
    'costs nothing but time: every Firework runs once, and the chain goes on',
    async () => {
      const { site, killServer, restartServer } = await siteOverHttp(slurm);
      const limits = '--nlaunches 3 --max_loops 1 --sleep 1';
      writeAdapter(site, 'SLURM', { rocket_launch: `${drain(site)} ${limits}` });
      await addFireworks(site, 12);
      await infinite(site, 2);
      for (const done of [1, 4, 7]) {
        await when(() => site.lines('ran').length >= done, `${done} Fireworks have run`);
        await killServer();
        await restartServer();
      }
      const most = await untilDone(site, 2, 12);
      expect(site.lines('ran').sort()).toEqual(Array.from({ length: 12 }, (_, i) => String(i + 1)).sort());
      expect([most.running <= 2, most.pending <= 2]).toEqual([true, true]);
    },
    patiently,
  );
});

describe('kill -9 of qlaunch at any moment', () => {
  it(
    'never submits two jobs for a Firework that is reserved, and the next one goes on',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 12);
      const submit = ['-r', 'rapidfire', '--sleep', '1'];
      for (let milliseconds = 120; milliseconds <= 500; milliseconds += 20) {
        const running = site.start('qlaunch', ...submit);
        const timer = setTimeout(() => running.kill('SIGKILL'), milliseconds);
        await running.ended;
        clearTimeout(timer);
      }
      await site.run('qlaunch', ...submit, '--timeout', '5');
      const scripts = slurm.command('squeue', '-h', '-O', 'Comment:80,WorkDir:200').split('\n');
      const tags = scripts
        .filter((line) => line.includes(site.directory))
        .map((line) => line.split(/\s+/)[0]);
      expect(new Set(tags).size).toBe(tags.length);
      // What was reserved by one that was killed before it submitted stands until that is certain.
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1,2,3,4,5,6,7,8,9,10,11,12');
      const ids = stdout
        .trim()
        .split('\n')
        .filter((id) => id !== 'None');
      expect(ids.sort()).toEqual(jobsOf(site).pending.sort());
      expect((await countState(site, 'RESERVED')) + (await countState(site, 'READY'))).toBe(12);
    },
    patiently,
  );

  it(
    'never gives a chain more jobs than it has slots for, and the next one fills them',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { rocket_launch: drain(site), directives: ['--hold'] });
      await addFireworks(site, 3);
      for (let milliseconds = 120; milliseconds <= 500; milliseconds += 20) {
        const running = site.start('qlaunch', 'infinite', '-m', '3', '--name', 'c');
        const timer = setTimeout(() => running.kill('SIGKILL'), milliseconds);
        await running.ended;
        clearTimeout(timer);
        expect(jobsOf(site).pending.length).toBeLessThanOrEqual(3);
      }
      await infinite(site, 3);
      expect(jobsOf(site).pending).toHaveLength(3);
      slurm.command('scontrol', 'release', jobsOf(site).pending.join());
      await whenInState(site, 'COMPLETED', 3);
      expect(site.lines('ran')).toHaveLength(3);
      await site.run('qlaunch', 'stop', 'c');
      await when(() => jobsOf(site).running.length + jobsOf(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );
});

/**
 * Steps of a qlaunch are what it asks of its launchpad, and what it submits between. It is killed when the launchpad has done
 * what was asked, before the answer: at its first request, then at its second, until it comes to its end. (Deaths between sbatch
 * and the record are those of `qlaunch.slurm.test.ts`, whose sbatch kills it.)
 */
describe('kill -9 of qlaunch at each of its steps', () => {
  async function eachStep(
    site: Site,
    words: (step: number) => string[],
    then: (step: number) => Promise<void>,
  ): Promise<number> {
    const place = join(site.directory, 'my_launchpad.yaml');
    const { url, ...more } = JSON.parse(readFileSync(place, 'utf8'));
    const dying = { step: 0, asked: 0, qlaunch: null as Running | null };
    const proxy = await forgetfulProxy(url, () => {
      dying.asked++;
      if (dying.asked !== dying.step) return false;
      dying.qlaunch?.kill('SIGKILL');
      return true;
    });
    const direct = JSON.stringify({ url, ...more });
    const through = JSON.stringify({ url: proxy.url, ...more });
    for (;;) {
      site.write('my_launchpad.yaml', through);
      dying.step++;
      dying.asked = 0;
      dying.qlaunch = site.start('qlaunch', ...words(dying.step));
      await dying.qlaunch.ended;
      site.write('my_launchpad.yaml', direct);
      await then(dying.step);
      if (dying.asked < dying.step) return dying.step;
    }
  }

  it(
    'gives a chain its one job, by the next qlaunch where it is not there yet',
    async () => {
      const { site } = await siteOverHttp(slurm);
      writeAdapter(site, 'SLURM', { rocket_launch: drain(site), directives: ['--hold'] });
      await addFireworks(site, 1);
      const chain = (step: number) => ['infinite', '-m', '1', '--name', `c${step}`];
      const steps = await eachStep(site, chain, async (step) => {
        await site.run('qlaunch', ...chain(step));
        expect(jobsOf(site).pending).toHaveLength(step);
      });
      expect(steps).toBeGreaterThan(4);
    },
    patiently,
  );

  it(
    'submits no two jobs for a Firework that is reserved, and records those that it submits',
    async () => {
      const { site } = await siteOverHttp(slurm);
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 40);
      const reserved = ['-r', 'singleshot'];
      const steps = await eachStep(
        site,
        () => reserved,
        async () => {},
      );
      await site.run('qlaunch', ...reserved);
      const all = Array.from({ length: 40 }, (_, index) => index + 1).join();
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', all);
      const ids = stdout
        .trim()
        .split('\n')
        .filter((id) => id !== 'None');
      expect(ids.sort()).toEqual(jobsOf(site).pending.sort());
      expect((await countState(site, 'RESERVED')) + (await countState(site, 'READY'))).toBe(40);
      expect(steps).toBeGreaterThan(4);
    },
    patiently,
  );
});

describe('a job of a chain that Slurm requeues', () => {
  it(
    'is let in again, with the successor that it has',
    async () => {
      const site = slurm.site();
      const go = join(site.directory, 'go');
      writeAdapter(site, 'SLURM', {
        rocket_launch: `while [ ! -e ${go} ]; do sleep 0.1; done; ${drain(site)}`,
        directives: ['--requeue'],
      });
      await addFireworks(site, 2);
      await infinite(site, 1);
      await when(
        () => jobsOf(site).running.length === 1 && jobsOf(site).pending.length === 1,
        'the chain is full',
      );
      const [job = ''] = jobsOf(site).running;
      const before = jobsOf(site);
      slurm.command('scontrol', 'requeue', job);
      await when(() => jobsOf(site).running.length === 0, 'it waits');
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 2);
      await when(() => jobsOf(site).running.length + jobsOf(site).pending.length === 0, 'the chain is gone');
      expect(site.lines('ran')).toHaveLength(2);
      expect(before.pending).toHaveLength(1);
    },
    patiently,
  );
});

describe('kill -9 of the controller of Slurm while a chain runs', () => {
  it(
    'changes nothing while nobody can be asked, and the chain goes on when it is there again',
    async () => {
      const site = slurm.site();
      const go = join(site.directory, 'go');
      const held = `while [ ! -e ${go} ]; do sleep 0.1; done; ${drain(site)}`;
      writeAdapter(site, 'SLURM', { rocket_launch: `${held} --nlaunches 2 --max_loops 1 --sleep 1` });
      await addFireworks(site, 10);
      await infinite(site, 2);
      const isFull = () => jobsOf(site).running.length === 2 && jobsOf(site).pending.length === 2;
      await when(isFull, 'the chain is full');
      const [full, before] = [Date.now(), await site.run('qlaunch', '-s', 'chains')];
      const state = dirname(slurm.environment().SLURM_CONF ?? '');
      // What Slurm has not written down yet it forgets, and the chain would wait a lease before it believes that. It writes
      // some seconds after a change.
      slurm.command('scontrol', 'update', `jobid=${jobsOf(site).pending[0]}`, 'nice=1');
      await when(() => statSync(join(state, 'ctld', 'job_state')).mtimeMs > full, 'Slurm knows it by heart');
      const pid = Number(execFileSync('pgrep', ['-f', `^slurmctld .*${state}/`], { encoding: 'utf8' }));
      process.kill(pid, 'SIGKILL');
      await until(() => !lives(pid), 'the controller is dead');
      expect(await infinite(site, 2)).toMatchObject({ code: 1 });
      expect(await site.run('qlaunch', '-s', 'chains')).toEqual(before);
      execFileSync(join(import.meta.dirname, '../../scripts/slurm'), ['up', state], { stdio: 'ignore' });
      expect((await infinite(site, 2)).stderr).toContain('0 jobs were submitted');
      site.write('go', '');
      const most = await untilDone(site, 2, 10);
      expect(site.lines('ran').sort()).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)).sort());
      expect([most.running <= 2, most.pending <= 2]).toEqual([true, true]);
    },
    patiently,
  );
});
