import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { addFireworks, countState, writeAdapter } from './batch-system.ts';

/** A site where a program stands for the batch system, which takes every job, and numbers it 7. */
function siteWithoutCluster(settings: Record<string, unknown> = {}): Site {
  const site = newSite();
  const submit = site.write('bin/submit', '#!/bin/sh\necho Submitted batch job 7\n');
  const status = site.write('bin/status', '#!/bin/sh\n');
  for (const path of [submit, status]) chmodSync(path, 0o755);
  writeAdapter(site, 'SLURM', {
    _q_commands_override: { submit_cmd: submit, status_cmd: status },
    ...settings,
  });
  return site;
}

describe('how qlaunch is used', () => {
  it.each([
    [['-r', '-fm', 'singleshot'], /exclude each other/],
    [['singleshot', '-f', '1'], /-f\/--fw_id needs -r\/--reserve/],
    [['-fm', 'rapidfire'], /needs -m\/--maxjobs_queue or --nlaunches/],
    [['--block_dir', 'blocks', 'rapidfire'], /"blocks" is not a name that begins with block_/],
    [['--launch_dir', 'nowhere', 'singleshot'], /nowhere is no directory/],
    [['-r', 'infinite'], /chains know neither -r/],
    [['-rh', 'login', '-rc', '.', '-s', 'infinite'], /-rh\/--remote_host goes with singleshot and rapidfire/],
    [['-rh', 'login', '-s', 'stop', 'c'], /-rh\/--remote_host goes with singleshot and rapidfire/],
    [['--dry-run', 'stop', 'c'], /stop submits none/],
    [['rapidfire', '--nlaunches', 'some'], /"some" is neither a number nor "infinite"/],
    [['rapidfier'], /was rapidfire meant\?/],
  ])(
    'refuses what makes no sense: %j',
    async (words, message) => {
      const { code, stderr } = await siteWithoutCluster().run('qlaunch', ...words);
      expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    },
    patiently,
  );

  it(
    'needs my_qadapter.yaml',
    async () => {
      const { code, stderr } = await newSite().run('qlaunch', 'singleshot');
      expect([code, stderr]).toEqual([2, expect.stringContaining('no my_qadapter.yaml was found')]);
    },
    patiently,
  );

  it(
    'needs a command that runs the reserved Firework, with -r',
    async () => {
      const site = siteWithoutCluster({ rocket_launch: 'rlaunch rapidfire' });
      const { code, stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/my_qadapter.yaml, line \d+, rocket_launch: -r/),
      ]);
    },
    patiently,
  );

  it(
    'tells where the batch system is not there',
    async () => {
      const site = siteWithoutCluster({ _q_commands_override: { submit_cmd: 'no-such-sbatch' } });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect([code, stderr]).toEqual([2, expect.stringMatching(/no-such-sbatch cannot be started/)]);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'waits for no batch system that hangs, nor for what its command has started',
    async () => {
      const site = siteWithoutCluster({ _fw_timeout: 1 });
      site.write('bin/status', '#!/bin/sh\nsleep 1000\n');
      site.write('FW_config.yaml', 'QUEUE_RETRY_ATTEMPTS: 1\n');
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', '-s', 'rapidfire');
      expect([code, stderr]).toEqual([1, 'qlaunch: Slurm could not list the jobs: it did not end in time\n']);
    },
    patiently,
  );

  it(
    'finds my_qadapter.yaml where -q, -c and QUEUEADAPTER_LOC say',
    async () => {
      const site = newSite();
      const adapter = (queue: string) =>
        `{_fw_q_type: SLURM, rocket_launch: rlaunch singleshot, queue: ${queue}}\n`;
      site.write('FW_config.yaml', `QUEUEADAPTER_LOC: ${site.write('located.yaml', adapter('located'))}\n`);
      site.write('conf/my_qadapter.yaml', adapter('sought'));
      site.write('named.yaml', adapter('named'));
      const queueOf = async (...words: string[]) => {
        const { stdout } = await site.run('qlaunch', ...words, '--dry-run', 'singleshot');
        return /--partition=(\w+)/.exec(stdout)?.[1];
      };
      expect(await queueOf()).toBe('located');
      expect(await queueOf('-c', 'conf')).toBe('sought');
      expect(await queueOf('-c', 'conf', '-q', 'named.yaml')).toBe('named');
    },
    patiently,
  );

  it(
    'names scripts and jobs as FW_config.yaml says',
    async () => {
      const site = siteWithoutCluster();
      site.write('FW_config.yaml', 'SUBMIT_SCRIPT_NAME: go.sh\nQUEUE_JOBNAME_MAXLEN: 4\n');
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      expect(site.lines('go.sh')).toContain('#SBATCH --job-name=fire');
    },
    patiently,
  );
});

describe('qlaunch --dry-run infinite', () => {
  it(
    'prints the script of a job of the chain, with the length that -m auto chooses, and begins no chain',
    async () => {
      const site = siteWithoutCluster({ rocket_launch: 'rlaunch rapidfire' });
      await addFireworks(site, 3);
      const limits = ['--max-jobs', '2', '--min-walltime', '2'];
      const chain = ['--dry-run', 'infinite', '-m', 'auto', ...limits, '--name', 'my chain'];
      const { code, stdout } = await site.run('qlaunch', ...chain);
      expect(code).toBe(0);
      expect(stdout).toContain('\n#SBATCH --time=00:04:00\n');
      expect(stdout).toMatch(/\nexec .*qlaunch.js .* chain_job --walltime 00:04:00 'my chain' C-\S+\n$/);
      expect(await site.run('qlaunch', '-s', 'chains')).toMatchObject({ stdout: '' });
    },
    patiently,
  );

  it(
    'does so too where jobs do without the launchpad, and makes no folder',
    async () => {
      const site = siteWithoutCluster({ rocket_launch: 'rlaunch rapidfire --offline' });
      await addFireworks(site, 1);
      const { code, stdout } = await site.run('qlaunch', '--dry-run', 'infinite', '--name', 'c');
      const folder = join(site.directory, 'chain_c');
      expect([code, stdout]).toEqual([0, expect.stringContaining(` chain_job --offline ${folder} c C-`)]);
      expect(existsSync(folder)).toBe(false);
      expect(await site.run('qlaunch', '-s', 'chains')).toMatchObject({ stdout: '' });
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );
});

describe('reservations, as lpad sees them', () => {
  it(
    'are shown by the id of their job, None where there is none',
    async () => {
      const site = siteWithoutCluster();
      await addFireworks(site, 2);
      await site.run('qlaunch', '-r', 'singleshot');
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '1,2')).toMatchObject({ stdout: '7\nNone\n' });
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '9')).toMatchObject({ code: 2 });
    },
    patiently,
  );

  it(
    'that stand for too long are found, and given back',
    async () => {
      const site = siteWithoutCluster();
      await addFireworks(site, 2);
      await site.run('qlaunch', '-r', 'singleshot');
      expect(await site.run('lpad', '-s', 'detect_unreserved')).toMatchObject({ stdout: '[]\n' });
      const long = await site.run('lpad', '-s', 'detect_unreserved', '--time', '0', '--rerun');
      expect(long).toMatchObject({ code: 0, stdout: '[1]\n' });
      expect(await countState(site, 'READY')).toBe(2);
    },
    patiently,
  );

  it(
    'of a job that nobody knows cannot be cancelled',
    async () => {
      const site = siteWithoutCluster();
      const { code, stderr } = await site.run('lpad', 'cancel_qid', '--qid', '99');
      expect([code, stderr]).toEqual([2, 'lpad: no Firework is reserved for a queue job 99\n']);
    },
    patiently,
  );

  it(
    'are taken back also where no my_qadapter.yaml says how to end the job',
    async () => {
      const site = siteWithoutCluster();
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot', '-f', '1');
      rmSync(join(site.directory, 'my_qadapter.yaml'));
      const { code, stderr } = await site.run('lpad', 'cancel_qid', '--qid', '7');
      expect([code, stderr]).toEqual([0, expect.stringContaining('job 7 is still in the queue')]);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );
});
