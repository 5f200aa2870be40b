import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site, until } from '../programs/site.ts';
import { addFireworks, countState, startedBatchSystem, whenInState, writeAdapter } from './batch-system.ts';

const slurm = startedBatchSystem('slurm');

/** Jobs whose directory is below that of a site, by their ids. */
function jobsOf(site: Site): string[] {
  const lines = slurm
    .command('squeue', '-h', '-r', '-t', 'all', '-O', 'JobArrayID:40,WorkDir:200')
    .split('\n');
  return lines.flatMap((line) => {
    const [id = '', directory = ''] = line.trim().split(/\s+/);
    return directory.startsWith(site.directory) ? [id] : [];
  });
}

const launchDirectories = (site: Site) =>
  readdirSync(site.directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /launcher_[^/]+$/.test(path),
  );

/** A program that stands for sbatch. */
function instead(site: Site, text: string): string {
  const path = site.write('bin/instead', `#!/bin/bash\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('qlaunch singleshot on Slurm', () => {
  it(
    'submits one job from the current directory, which runs one Firework there',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { ntasks: 1, walltime: '00:05:00', job_name: 'one' });
      await addFireworks(site, 2);
      expect(await site.run('qlaunch', 'singleshot')).toMatchObject({ code: 0 });
      expect(existsSync(join(site.directory, 'FW_submit.script'))).toBe(true);
      await whenInState(site, 'COMPLETED', 1);
      expect(site.lines('ran')).toEqual(['1']);
      expect(jobsOf(site)).toHaveLength(1);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'submits nothing when nothing is READY',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM');
      const { code, stderr } = await site.run('qlaunch', 'singleshot');
      expect(code).toBe(0);
      expect(stderr).toContain('No jobs exist in the LaunchPad for submission to queue!');
      expect(jobsOf(site)).toEqual([]);
    },
    patiently,
  );

  it(
    'tells in the words of Slurm why a job was not taken',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { queue: 'nowhere' });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', 'singleshot');
      expect(code).toBe(1);
      expect(stderr).toMatch(/qlaunch: Slurm did not take the job: .*invalid partition specified: nowhere/);
    },
    patiently,
  );

  it(
    'prints the script instead with --dry-run',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { nodes: 2, queue: 'debug' });
      await addFireworks(site, 1);
      const { code, stdout } = await site.run('qlaunch', '-r', '--dry-run', 'singleshot');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^#!\/bin\/bash -l\n#SBATCH --nodes=2\n#SBATCH --partition=debug\n/);
      expect(stdout).toMatch(/ singleshot --fw_id 1\n$/);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );
});

describe('qlaunch rapidfire on Slurm', () => {
  it(
    'submits a job for each READY Firework, as one array, each in a launch directory of its own',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { ntasks: 1 });
      await addFireworks(site, 6);
      const { code, stderr } = await site.run('qlaunch', 'rapidfire', '--sleep', '1');
      expect([code, stderr]).toEqual([0, expect.stringContaining('Submitted an array of 6 jobs')]);
      await whenInState(site, 'COMPLETED', 6);
      expect(site.lines('ran').sort()).toEqual(['1', '2', '3', '4', '5', '6']);
      const directories = launchDirectories(site);
      expect(directories).toHaveLength(6);
      expect(directories.every((path) => /^block_[^/]+\/launcher_/.test(path))).toBe(true);
      expect(directories.filter((path) => existsSync(join(site.directory, path, 'FW.json')))).toHaveLength(6);
    },
    patiently,
  );

  it(
    'does not submit again for work that queued jobs will do',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 3);
      await site.run('qlaunch', 'rapidfire');
      const { stderr } = await site.run('qlaunch', 'rapidfire');
      expect(stderr).toContain('0 jobs were submitted');
      expect(jobsOf(site)).toHaveLength(3);
    },
    patiently,
  );

  it(
    'keeps at most so many jobs in the queue, and stops at a time-out',
    async () => {
      const site = slurm.site();
      // Jobs of other tests in this file are the same user's.
      writeAdapter(site, 'SLURM', { directives: ['--hold'], queue: 'short' });
      await addFireworks(site, 5);
      const options = ['-m', '2', '--timeout', '2', '--sleep', '1'];
      expect(await site.run('qlaunch', 'rapidfire', ...options)).toMatchObject({ code: 0 });
      expect(jobsOf(site)).toHaveLength(2);
    },
    patiently,
  );

  it(
    'submits as many as it is told, and begins a new block when one is full',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 5);
      await site.run('qlaunch', 'rapidfire', '--nlaunches', '3', '-b', '2');
      const blocks = launchDirectories(site).map((path) => path.split('/')[0]);
      expect([blocks.length, new Set(blocks).size]).toEqual([3, 2]);
    },
    patiently,
  );

  it(
    'submits one job after another, with pauses, where QUEUE_UPDATE_INTERVAL says so',
    async () => {
      const site = slurm.site();
      site.write('FW_config.yaml', 'QUEUE_UPDATE_INTERVAL: 1\n');
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 3);
      const { stderr } = await site.run('qlaunch', 'rapidfire');
      const moments = [...stderr.matchAll(/^(\S+ \S+),(\d+) INFO Submitted job /gm)].map(([, at, ms]) =>
        Date.parse(`${at}.${ms}`),
      );
      expect(moments).toHaveLength(3);
      const pauses = moments.slice(1).map((at, index) => at - (moments[index] ?? 0));
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(990);
    },
    patiently,
  );

  it(
    'fills the queue also when nothing is READY, if it is told to',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await site.run('qlaunch', '-fm', 'rapidfire', '--nlaunches', '2');
      expect(jobsOf(site)).toHaveLength(2);
    },
    patiently,
  );
});

describe('a qlaunch that goes on', () => {
  it(
    'with -d repeats the command until it is told to end, also after an error of the batch system',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { queue: 'nowhere' });
      await addFireworks(site, 1);
      const running = site.start('qlaunch', '-d', '1', 'singleshot');
      await until(() => running.log().includes('invalid partition'), 'the job is refused');
      await site.run('lpad', 'pause_fws', '-i', '1');
      await until(() => running.log().includes('No jobs exist'), 'it looks again');
      running.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 143, signal: null });
    },
    patiently,
  );

  it(
    'with --nlaunches infinite submits jobs for what is added later, one for each, until it is told to end',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM');
      const options = ['--nlaunches', 'infinite', '--sleep', '1'];
      const running = site.start('qlaunch', '-r', 'rapidfire', ...options);
      for (const round of [1, 2]) {
        await until(() => running.log().split('Sleeping for 1 secs').length > round, 'it waits');
        await addFireworks(site, 2);
        await whenInState(site, 'COMPLETED', 2 * round);
      }
      running.kill('SIGINT');
      expect(await running.ended).toMatchObject({ code: 130, signal: null });
      expect([jobsOf(site).length, site.lines('ran').length]).toEqual([4, 4]);
    },
    patiently,
  );
});

describe('reservations on Slurm', () => {
  it(
    'give each job its Firework, and the Firework the id of its job',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { ntasks: 1 });
      await addFireworks(site, 3);
      expect(await site.run('qlaunch', '-r', 'rapidfire')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 3);
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1,2,3');
      expect(stdout.trim().split('\n').sort()).toEqual(jobsOf(site).sort());
      const asked = JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));
      expect(asked).toContain('"RESERVED"');
      const scripts = launchDirectories(site).map((path) =>
        readFileSync(join(site.directory, path, 'FW_submit.script'), 'utf8'),
      );
      expect(scripts.map((text) => /--fw_id (\d)/.exec(text)?.[1]).sort()).toEqual(['1', '2', '3']);
      expect(scripts.join()).toContain('--job-name=firework_1');
    },
    patiently,
  );

  it(
    'of one Firework follow what its _queueadapter says',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      site.write(
        'big.yaml',
        'spec: {_queueadapter: {nodes: 2, job_name: big}, _tasks: [{_fw_name: ScriptTask, script: "true"}]}',
      );
      await site.run('lpad', 'add', 'big.yaml');
      await site.run('qlaunch', '-r', 'singleshot', '-f', '1');
      const [id = ''] = jobsOf(site);
      expect(slurm.command('squeue', '-h', '-j', id, '-o', '%j %D')).toBe('big 2\n');
    },
    patiently,
  );

  it(
    'are given back when Slurm does not take the job',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { queue: 'nowhere' });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect([code, stderr]).toEqual([1, expect.stringContaining('invalid partition')]);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'can be taken back by the id of the job, which is cancelled too',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      const [id = ''] = jobsOf(site);
      expect(await site.run('lpad', 'cancel_qid', '--qid', id)).toMatchObject({ code: 0 });
      expect(await countState(site, 'READY')).toBe(1);
      expect(slurm.command('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T')).toBe('CANCELLED\n');
    },
    patiently,
  );
});

describe('lpad -c', () => {
  it(
    'finds my_qadapter.yaml there too: the job of a reservation is cancelled',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      mkdirSync(join(site.directory, 'conf'));
      renameSync(join(site.directory, 'my_qadapter.yaml'), join(site.directory, 'conf/my_qadapter.yaml'));
      const [id = ''] = jobsOf(site);
      expect(await site.run('lpad', '-c', 'conf', 'cancel_qid', '--qid', id)).toMatchObject({ code: 0 });
      expect(slurm.command('squeue', '-h', '-t', 'all', '-j', id, '-o', '%T')).toBe('CANCELLED\n');
    },
    patiently,
  );
});

describe('a qlaunch that is killed between the submission and its record', () => {
  it(
    'leaves a job that the next qlaunch finds by its tag, and does not submit again',
    async () => {
      const site = slurm.site();
      const killer = instead(site, 'sbatch "$@"; kill -KILL $PPID');
      writeAdapter(site, 'SLURM', { directives: ['--hold'], _q_commands_override: { submit_cmd: killer } });
      await addFireworks(site, 1);
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '1')).toMatchObject({ stdout: 'None\n' });
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      const { code, stderr } = await site.run('qlaunch', '-r', 'rapidfire', '--timeout', '1');
      const jobs = jobsOf(site);
      expect([code, jobs.length]).toEqual([0, 1]);
      expect(stderr).toContain(`Job ${jobs[0]} was submitted for Firework 1 by a qlaunch that was ended`);
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '1')).toMatchObject({ stdout: `${jobs[0]}\n` });
    },
    patiently,
  );

  it(
    'in plain mode is followed by one that counts the job',
    async () => {
      const site = slurm.site();
      const killer = instead(site, 'sbatch "$@"; kill -KILL $PPID');
      writeAdapter(site, 'SLURM', { directives: ['--hold'], _q_commands_override: { submit_cmd: killer } });
      await addFireworks(site, 2);
      await site.run('qlaunch', 'rapidfire');
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await site.run('qlaunch', 'rapidfire');
      expect(jobsOf(site)).toHaveLength(2);
    },
    patiently,
  );
});

describe('an sbatch that accepts a job and answers with a time-out', () => {
  it(
    'has submitted it: the job is found by its tag',
    async () => {
      const site = slurm.site();
      const timedOut = 'echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1';
      const late = instead(site, `sbatch "$@" >/dev/null; ${timedOut}`);
      writeAdapter(site, 'SLURM', { directives: ['--hold'], _q_commands_override: { submit_cmd: late } });
      await addFireworks(site, 1);
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: 0 });
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '1')).toMatchObject({
        stdout: `${jobsOf(site)[0]}\n`,
      });
    },
    patiently,
  );

  it(
    'leaves the reservation as it is while no job can be seen',
    async () => {
      const site = slurm.site();
      const late = instead(site, 'echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1');
      writeAdapter(site, 'SLURM', { _q_commands_override: { submit_cmd: late } });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect([code, stderr]).toEqual([1, expect.stringContaining('stays reserved')]);
      expect(await countState(site, 'RESERVED')).toBe(1);
    },
    patiently,
  );

  it(
    'in plain mode too does not count as one that took no job',
    async () => {
      const site = slurm.site();
      const late = instead(site, 'echo "sbatch: error: Socket timed out on send/recv operation" >&2; exit 1');
      writeAdapter(site, 'SLURM', { _q_commands_override: { submit_cmd: late } });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', 'rapidfire');
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/did not say whether it took the job .*timed out/),
      ]);
    },
    patiently,
  );
});

describe('an squeue that fails', () => {
  it(
    'changes nothing, and is told in its own words',
    async () => {
      const site = slurm.site();
      const broken = instead(site, 'echo "slurm_load_jobs error: Unexpected message received" >&2; exit 1');
      writeAdapter(site, 'SLURM', { _q_commands_override: { status_cmd: broken } });
      await addFireworks(site, 1);
      site.write('FW_config.yaml', 'QUEUE_RETRY_ATTEMPTS: 1\n');
      const { code, stderr } = await site.run('qlaunch', 'rapidfire');
      expect([code, stderr]).toEqual([1, expect.stringContaining('Unexpected message received')]);
      expect([jobsOf(site), await countState(site, 'READY')]).toEqual([[], 1]);
    },
    patiently,
  );
});

describe('an squeue that lists nothing by mistake, or fails', () => {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  /** A site before whose squeue stands another program, which does as the file `squeue.txt` says. */
  function mistakenSite(): Site {
    const bin = mkdtempSync(join(tmpdir(), 'skyrocket-squeue-'));
    folders.push(bin);
    const { PATH = '' } = slurm.environment();
    const site = newSite({ ...slurm.environment(), PATH: `${bin}:${PATH}` });
    const told = `$(cat ${join(site.directory, 'squeue.txt')} 2>/dev/null)`;
    const mistakes = 'empty) exit 0;; fails) echo slurm_load_jobs error >&2; exit 1;;';
    const text = `case "${told}" in ${mistakes} esac\nPATH=${PATH} exec squeue "$@"\n`;
    writeFileSync(join(bin, 'squeue'), `#!/bin/bash\n${text}`, { mode: 0o755 });
    site.write('FW_config.yaml', 'QUEUE_RETRY_ATTEMPTS: 1\n');
    return site;
  }

  it.each(['empty', 'fails'])(
    'changes no reservation, whether its job is noted or was never recorded (%s)',
    async (mistake) => {
      const site = mistakenSite();
      const held = { directives: ['--hold'] };
      writeAdapter(site, 'SLURM', held);
      await addFireworks(site, 2);
      await site.run('qlaunch', '-r', 'singleshot', '-f', '1');
      const killer = instead(site, 'sbatch "$@"; kill -KILL $PPID');
      writeAdapter(site, 'SLURM', { ...held, _q_commands_override: { submit_cmd: killer } });
      await site.run('qlaunch', '-r', 'singleshot', '-f', '2');
      writeAdapter(site, 'SLURM', held);
      const jobs = jobsOf(site);
      site.write('squeue.txt', mistake);
      for (let round = 0; round < 2; round++) {
        await site.run('qlaunch', '-r', 'rapidfire', '--timeout', '1', '--sleep', '1');
        await site.run('qlaunch', '-r', 'singleshot');
      }
      expect([await countState(site, 'RESERVED'), jobsOf(site)]).toEqual([2, jobs]);
      site.write('squeue.txt', '');
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: 0 });
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1,2');
      expect(stdout.trim().split('\n').sort()).toEqual(jobs.sort());
    },
    patiently,
  );

  it.each(['empty', 'fails'])(
    'submits no second job for the slots of a chain (%s)',
    async (mistake) => {
      const site = mistakenSite();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 2);
      await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c');
      const before = await site.run('qlaunch', '-s', 'chains');
      const jobs = jobsOf(site);
      site.write('squeue.txt', mistake);
      for (let round = 0; round < 2; round++) await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c');
      expect(await site.run('qlaunch', '-s', 'chains')).toEqual(before);
      expect([jobs.length, jobsOf(site)]).toEqual([2, jobs]);
    },
    patiently,
  );
});

describe('a reservation whose job is cancelled while it waits', () => {
  it(
    'stays until a person takes it back, and that is told: what was cancelled does not come again by itself',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      const [job = ''] = jobsOf(site);
      slurm.command('scancel', job);
      const { stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect(stderr).toMatch(/ended before it began \(CANCELLED.*lpad cancel_qid --qid \d+ gives it back/);
      expect([await countState(site, 'RESERVED'), jobsOf(site)]).toEqual([1, [job]]);
    },
    patiently,
  );

  it(
    'is given back with the reason, and gets another job, where policy says so',
    async () => {
      const site = slurm.site();
      site.write('FW_config.yaml', 'RERUN_LOST: [CANCELLED]\n');
      writeAdapter(site, 'SLURM', { directives: ['--hold'] });
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      slurm.command('scancel', ...jobsOf(site));
      const { stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect(stderr).toMatch(/ended before it began \(CANCELLED.*it is READY again/);
      expect([await countState(site, 'RESERVED'), jobsOf(site).length]).toEqual([1, 2]);
      const asked = JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));
      expect(asked).toContain('ended before it began: CANCELLED');
    },
    patiently,
  );
});
