import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  writeAdapter,
} from '../cluster/batch-system.ts';
import { newSite, patiently, type Site, until } from '../programs/site.ts';

const slurm = startedBatchSystem('slurm');

/** Jobs in it have no network, and so no launchpad. */
function offlineSite(): Site {
  const site = newSite(slurm.environment());
  const command = `unshare --net ${jobCommand(site, 'rlaunch', 'singleshot', '--offline', '--walltime', '300')}`;
  writeAdapter(site, 'SLURM', { rocket_launch: command, walltime: '00:05:00' });
  return site;
}

const launchers = (site: Site): string[] =>
  readdirSync(site.directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /launcher_[^/]+$/.test(path))
    .map((path) => join(site.directory, path));

const hasEnded = (dir: string) =>
  existsSync(join(dir, 'FW_offline.json')) &&
  readFileSync(join(dir, 'FW_offline.json'), 'utf8').includes('completed_on');

describe('qlaunch -r with rlaunch singleshot --offline', () => {
  it(
    'runs Fireworks in jobs without a network, and recover_offline tells what they did',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 3);
      expect(await site.run('qlaunch', '-r', 'rapidfire')).toMatchObject({ code: 0 });
      expect(await countState(site, 'RESERVED')).toBe(3);
      await until(() => launchers(site).filter(hasEnded).length === 3, 'the jobs have ended');
      expect(site.lines('ran').sort()).toEqual(['1', '2', '3']);
      const { code, stderr } = await site.run('lpad', 'recover_offline');
      expect([code, stderr]).toEqual([0, expect.stringContaining('3 job(s) recovered: [1, 2, 3]')]);
      expect(await countState(site, 'COMPLETED')).toBe(3);
    },
    patiently,
  );

  it(
    'leaves nothing behind when the batch system refuses the job',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 1);
      writeAdapter(site, 'SLURM', {
        rocket_launch: 'rlaunch singleshot --offline',
        queue: 'no-such-partition',
      });
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: 1 });
      expect(await countState(site, 'READY')).toBe(1);
      const { stderr } = await site.run('lpad', 'recover_offline');
      expect(stderr).toContain('0 job(s) recovered');
      expect(stderr).not.toContain('FAILED');
    },
    patiently,
  );

  it(
    'needs reservation mode',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', 'singleshot');
      expect([code, stderr]).toEqual([2, expect.stringContaining('jobs with --offline need -r/--reserve')]);
    },
    patiently,
  );
});

describe('a Launch without a launchpad whose job has ended', () => {
  const recovered = async (site: Site) => (await site.run('lpad', 'recover_offline')).stderr;
  const jobOf = (stderr: string) => /is reserved for job (\d+)/.exec(stderr)?.[1] ?? '';
  const whenEnded = (job: string) =>
    until(
      () =>
        /^(FAILED|CANCELLED|COMPLETED)/.test(
          slurm.command('squeue', '-h', '-t', 'all', '-j', job, '-o', '%T'),
        ),
      'the job has ended',
    );

  /** Submits a job whose worker is killed in the midst of its task; the id of the job. */
  async function killedJob(site: Site): Promise<string> {
    const [begun, worker] = [join(site.directory, 'begun'), join(site.directory, 'worker')];
    const rlaunch = jobCommand(site, 'rlaunch', 'singleshot', '--offline', '--walltime', '300');
    writeAdapter(site, 'SLURM', {
      rocket_launch: `sh -c 'echo $$ >${worker}; exec unshare --net ${rlaunch}'`,
    });
    const script = `touch ${begun}; exec sleep 300`;
    site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
    await site.run('lpad', 'add', 'one.yaml');
    // FireWorks adds --fw_id to the line: here it is a parameter that the shell does not use.
    const job = jobOf((await site.run('qlaunch', '-r', 'singleshot')).stderr);
    await until(() => existsSync(begun), 'the task runs');
    expect(await recovered(site)).toContain('1 offline runs are RUNNING: [1]');
    process.kill(Number(site.lines('worker')[0]), 'SIGKILL');
    await whenEnded(job);
    return job;
  }

  it(
    'in its midst is lost, and says why the job ended',
    async () => {
      const site = newSite(slurm.environment());
      const job = await killedJob(site);
      expect(await recovered(site)).toMatch(
        new RegExp(`Firework 1 is lost: job ${job} has ended without its result \\(FAILED.*exit code 137`),
      );
      expect(await countState(site, 'FIZZLED')).toBe(1);
      const told = JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));
      expect(told).toMatch(new RegExp(`Its job ${job} ended: FAILED`));
      expect(await recovered(site)).not.toContain('lost');
    },
    patiently,
  );

  it(
    'in its midst runs again where policy says so',
    async () => {
      const site = newSite(slurm.environment());
      site.write('FW_config.yaml', 'RERUN_LOST: [FAILED]\n');
      await killedJob(site);
      expect(await recovered(site)).toContain('(FAILED): it runs again');
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'after it has run waits for its recovery: nobody takes it for one that has not begun, nor gives it back',
    async () => {
      const site = offlineSite();
      const rocketLaunch = jobCommand(site, 'rlaunch', 'singleshot', '--offline');
      writeAdapter(site, 'SLURM', { rocket_launch: rocketLaunch, post_rocket: 'exit 3' });
      // Were it taken for one that had not begun, this would give it back.
      site.write('FW_config.yaml', 'RERUN_LOST: [FAILED]\n');
      await addFireworks(site, 1);
      const job = jobOf((await site.run('qlaunch', '-r', 'singleshot')).stderr);
      await whenEnded(job);
      const { stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect(stderr).not.toContain('before it began');
      const cancelled = await site.run('lpad', 'cancel_qid', '--qid', job);
      expect([cancelled.code, cancelled.stderr]).toEqual([1, expect.stringContaining('it has begun in ')]);
      await site.run('lpad', 'detect_unreserved', '--time', '0', '--rerun');
      expect(await recovered(site)).toContain('1 job(s) recovered: [1]');
      expect([await countState(site, 'COMPLETED'), site.lines('ran')]).toEqual([1, ['1']]);
    },
    patiently,
  );

  it(
    'before it began is told, and given back by cancel_qid: a job that comes late does not run it',
    async () => {
      const site = offlineSite();
      writeAdapter(site, 'SLURM', {
        rocket_launch: jobCommand(site, 'rlaunch', 'singleshot', '--offline'),
        directives: ['--hold'],
      });
      await addFireworks(site, 1);
      const job = jobOf((await site.run('qlaunch', '-r', 'singleshot')).stderr);
      slurm.command('scancel', job);
      expect(await recovered(site)).toMatch(
        /ended before it began \(CANCELLED.*lpad cancel_qid --qid \d+ gives it/,
      );
      expect(await countState(site, 'RESERVED')).toBe(1);
      expect(await site.run('lpad', 'cancel_qid', '--qid', job)).toMatchObject({ code: 0 });
      expect(await countState(site, 'READY')).toBe(1);
      await site.run('rlaunch', 'singleshot', '--offline');
      expect(site.lines('ran')).toEqual([]);
    },
    patiently,
  );
});
