import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { addFireworks, startedBatchSystem, whenInState, writeAdapter } from '../cluster/batch-system.ts';
import { patiently, type Site, until } from '../programs/site.ts';
import { homeOfJobs, writeOfflineAdapter } from './offline-jobs.ts';

const slurm = startedBatchSystem('slurm');

/** A site whose jobs reach no launchpad. */
function offlineSite(before = ''): Site {
  const site = slurm.site();
  writeOfflineAdapter(site, 'SLURM', before);
  return site;
}

/** One whose jobs begin their work when there is a file `go`. */
const heldSite = () => offlineSite('while [ ! -e ../../../go ]; do sleep 0.1; done; ');

/** Ids of the jobs of a site that have not ended. */
function queued(site: Site, state: 'RUNNING' | 'PENDING' | 'any' = 'any'): string[] {
  const lines = slurm.command('squeue', '-h', '-O', 'JobID:20,State:20,WorkDir:200').split('\n');
  const jobs = lines.map((line) => line.trim().split(/\s+/));
  const own = jobs.filter(([, , directory]) => directory?.startsWith(site.directory));
  return own.flatMap(([id = '', now]) => (state === 'any' || state === now ? [id] : []));
}

const isFull = (site: Site, size: number) =>
  queued(site, 'RUNNING').length === size && queued(site, 'PENDING').length === size;

const chainsOf = async (site: Site) => (await site.run('qlaunch', '-s', 'chains')).stdout;

const infinite = (site: Site, ...words: string[]) => site.run('qlaunch', 'infinite', ...words, '--name', 'c');

/** What is offered to jobs, or was taken by them. */
function batches(site: Site, place: 'offered' | 'taken'): string[] {
  const path = join(site.directory, 'chain_c', place);
  return existsSync(path) ? readdirSync(path) : [];
}

/** The login node recovers and prepares until something is so. */
async function recoverUntil(site: Site, isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await site.run('lpad', 'recover_offline');
  }
}

const count = async (site: Site, state: string) =>
  Number((await site.run('lpad', '-s', 'get_fws', '-s', state, '-d', 'count')).stdout);

describe('qlaunch infinite whose jobs run without the launchpad', () => {
  it(
    'keeps M jobs running and M pending, which run what the login node prepares, until nothing is left',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 12);
      const recovering = site.start('lpad', 'recover_offline', '--every', '1s');
      expect(await infinite(site, '-m', '2', '--batch', '3')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 12);
      await until(() => queued(site).length === 0, 'the jobs are gone');
      recovering.kill('SIGTERM');
      await recovering.ended;
      expect(site.lines('ran')).toHaveLength(12);
      expect(await chainsOf(site)).toBe(
        `c: over; 2 slots; running: none; pending: none; without the launchpad, in ${site.directory}/chain_c\n`,
      );
      expect(readdirSync(homeOfJobs(site))).toEqual([]);
      expect([batches(site, 'offered'), batches(site, 'taken')]).toEqual([[], []]);
    },
    patiently,
  );

  it(
    'has a successor pending for each job that runs, and submits nothing more when it is run again',
    async () => {
      const site = heldSite();
      await addFireworks(site, 4);
      await infinite(site, '-m', '2');
      await until(() => isFull(site, 2), 'two jobs run and two wait');
      const again = await Promise.all([infinite(site, '-m', '2'), infinite(site, '-m', '2')]);
      for (const { stderr } of again) expect(stderr).toContain('chain c: 0 jobs were submitted');
      expect(isFull(site, 2)).toBe(true);
      site.write('go', '');
      await recoverUntil(site, () => queued(site).length === 0, 'the chain is gone');
      expect(await count(site, 'COMPLETED')).toBe(4);
      expect(site.lines('ran')).toHaveLength(4);
    },
    patiently,
  );

  it(
    'stops by one command: what waits is cancelled, what was prepared is READY again, what runs ends by itself',
    async () => {
      const site = heldSite();
      await addFireworks(site, 6);
      await infinite(site, '-m', '1', '--batch', '2');
      await until(() => isFull(site, 1), 'the chain is full');
      await site.run('lpad', 'recover_offline');
      expect(await count(site, 'RESERVED')).toBe(4);
      expect(await site.run('qlaunch', 'stop', 'c')).toMatchObject({ code: 0 });
      expect([await count(site, 'READY'), queued(site, 'PENDING')]).toEqual([4, []]);
      expect(await chainsOf(site)).toMatch(
        /^c: stopped \(by qlaunch stop\); 1 slots; running: \d+; pending: none/,
      );
      site.write('go', '');
      await recoverUntil(site, () => queued(site).length === 0, 'nothing runs');
      await site.run('lpad', 'recover_offline');
      expect([await count(site, 'COMPLETED'), await count(site, 'READY')]).toEqual([2, 4]);
    },
    patiently,
  );

  it(
    'goes on when a job is cancelled: what it ran is FIZZLED with the reason, and what it had not begun is run',
    async () => {
      const site = offlineSite();
      const note = (n: number) => `echo ${n} >>${site.directory}/ran; [ ${n} != 1 ] || sleep 300`;
      const fws = [1, 2, 3].map((n) => ({
        fw_id: n,
        spec: { _priority: 3 - n, _tasks: [{ _fw_name: 'ScriptTask', script: note(n) }] },
      }));
      site.write('w.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
      await site.run('lpad', 'add', 'w.yaml');
      await infinite(site);
      await until(() => site.lines('ran').length > 0, 'the first one runs');
      slurm.command('scancel', ...queued(site, 'RUNNING'));
      const ended = async () => [await count(site, 'COMPLETED'), await count(site, 'FIZZLED')] as const;
      await recoverUntil(site, async () => (await ended()).reduce((a, b) => a + b) === 3, 'all have ended');
      // Slurm signals one process after another: what was begun between two of them is cut off too.
      const [completed, fizzled] = await ended();
      expect([completed, fizzled].every((states) => states >= 1)).toBe(true);
      const lines = site.lines('ran');
      expect(new Set(lines).size).toBe(lines.length);
      const { stdout } = await site.run('lpad', '-s', 'get_fws', '-s', 'FIZZLED', '-d', 'all');
      expect(stdout).toMatch(/CANCELLED|interrupted|Return code: \[-15\]/);
      await recoverUntil(site, () => queued(site).length === 0, 'the chain is gone');
      expect(await chainsOf(site)).toMatch(/^c: over/);
    },
    patiently,
  );

  it(
    'runs what was lost with a killed job again where policy says so, and keeps why',
    async () => {
      const site = slurm.site();
      const [leader, begun] = [join(site.directory, 'leader'), join(site.directory, 'begun')];
      writeOfflineAdapter(site, 'SLURM', `echo $PPID >>${leader}; `);
      site.write('FW_config.yaml', 'RERUN_LOST: [FAILED]\n');
      const script = `if [ -e ${begun} ]; then echo 1 >>${site.directory}/ran; exit 0; fi; touch ${begun}; exec sleep 300`;
      site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
      await site.run('lpad', 'add', 'one.yaml');
      await infinite(site);
      await until(() => existsSync(begun), 'the task runs');
      process.kill(Number(site.lines('leader')[0]), 'SIGKILL');
      await recoverUntil(site, async () => (await count(site, 'COMPLETED')) === 1, 'it ran again');
      expect(site.lines('ran')).toEqual(['1']);
      const told = JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));
      expect(told).toMatch(/its job ended without its result. Its job \d+ ended: FAILED/);
      await recoverUntil(site, () => queued(site).length === 0, 'the chain is gone');
    },
    patiently,
  );

  it(
    'lets the successors of jobs that fail at once wait, and tells why',
    async () => {
      const site = offlineSite('exit 7; ');
      await addFireworks(site, 1);
      await infinite(site);
      await recoverUntil(
        site,
        async () => (await chainsOf(site)).includes('1 jobs failed, the last one so: exit code 7'),
        'it failed',
      );
      const isWaiting = () => queued(site, 'RUNNING').length === 0 && queued(site, 'PENDING').length === 1;
      await until(isWaiting, 'the next one waits');
      const [id = ''] = queued(site, 'PENDING');
      expect(slurm.command('squeue', '-h', '-j', id, '-o', '%r')).toBe('BeginTime\n');
      await site.run('qlaunch', 'stop', 'c');
      expect(await count(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'needs rlaunch rapidfire, and another name than a chain whose jobs reach the launchpad',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 1);
      writeAdapter(site, 'SLURM', { rocket_launch: 'rlaunch singleshot --offline' });
      expect(await infinite(site)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('jobs of a chain with --offline need "rlaunch rapidfire --offline"'),
      });
      writeAdapter(site, 'SLURM', { rocket_launch: 'sleep 1', directives: ['--hold'] });
      expect(await infinite(site)).toMatchObject({ code: 0 });
      writeOfflineAdapter(site, 'SLURM');
      expect(await infinite(site)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('there is a chain c already, one whose jobs reach the launchpad'),
      });
    },
    patiently,
  );
});

describe('a job of such a chain that is killed while it submits its successor', () => {
  /** A site whose first job, in the sbatch that it runs, is killed: before the submission, or after it. */
  function fatalSite(text: string): Site {
    const site = slurm.site();
    const once = join(site.directory, 'killed');
    const kill = `if [ -n "$SLURM_JOB_ID" ] && mkdir ${once} 2>/dev/null; then ${text}; kill -KILL $PPID; exit; fi`;
    const path = site.write('bin/sbatch', `#!/bin/bash\n${kill}\nexec sbatch "$@"\n`);
    chmodSync(path, 0o755);
    writeOfflineAdapter(site, 'SLURM', '', { _q_commands_override: { submit_cmd: path } });
    return site;
  }

  it.each([
    ['after the submission, is followed by the successor', 'sbatch "$@"', 0],
    ['before it, leaves a slot that is refilled by running qlaunch infinite again', 'true', 1],
  ])(
    '%s',
    async (_, text, again) => {
      const site = fatalSite(text);
      await addFireworks(site, 2);
      await infinite(site);
      await until(() => existsSync(join(site.directory, 'killed')), 'the job was killed');
      if (again === 1) {
        await until(() => queued(site).length === 0, 'nothing is left of it');
        expect((await infinite(site)).stderr).toContain('1 jobs were submitted');
      }
      await recoverUntil(site, async () => (await count(site, 'COMPLETED')) === 2, 'all has run');
      expect(site.lines('ran')).toHaveLength(2);
      await recoverUntil(site, () => queued(site).length === 0, 'the chain is gone');
    },
    patiently,
  );
});

describe('a qlaunch infinite that is killed', () => {
  it(
    'after it has submitted, is followed by one that finds the job and submits no other for its slot',
    async () => {
      const site = slurm.site();
      const path = site.write('bin/sbatch', '#!/bin/bash\nsbatch "$@"\nkill -KILL $PPID\n');
      chmodSync(path, 0o755);
      const held = { directives: ['--hold'] };
      writeOfflineAdapter(site, 'SLURM', '', { ...held, _q_commands_override: { submit_cmd: path } });
      await addFireworks(site, 1);
      expect(await infinite(site)).toMatchObject({ signal: 'SIGKILL' });
      writeOfflineAdapter(site, 'SLURM', '', held);
      expect((await infinite(site)).stderr).toContain('0 jobs were submitted');
      const pending = queued(site, 'PENDING');
      expect(pending).toHaveLength(1);
      expect(await chainsOf(site)).toContain(`pending: ${pending[0]};`);
    },
    patiently,
  );
});
