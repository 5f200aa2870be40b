import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patiently, type Site } from '../programs/site.ts';
import { countState, jobCommand, startedBatchSystem, whenInState, writeAdapter } from './batch-system.ts';

const slurm = startedBatchSystem('slurm');

async function when(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * A site with a job in which rlaunch, whose process is in the file `worker`, runs a Firework that does not end by itself. When it runs again after its
 * job was lost, it ends at once.
 */
async function siteWithRunningJob(
  settings: Record<string, unknown> = {},
): Promise<{ site: Site; job: string }> {
  const site = slurm.site();
  const worker = `echo $$ >${join(site.directory, 'worker')}; exec ${jobCommand(site, 'rlaunch', 'singleshot')}`;
  writeAdapter(site, 'SLURM', { rocket_launch: `sh -c '${worker}'`, ...settings });
  const begun = join(site.directory, 'begun');
  const script = `if [ -e ${begun} ]; then exit 0; fi; touch ${begun}; exec sleep 300`;
  site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
  await site.run('lpad', 'add', 'one.yaml');
  const { stderr } = await site.run('qlaunch', 'singleshot');
  const job = /Submitted job (\d+)/.exec(stderr)?.[1] ?? '';
  await when(() => existsSync(begun), 'the task runs');
  return { site, job };
}

/** Ends the worker as a dying node does: nobody reports anything. */
function killWorker(site: Site): void {
  process.kill(Number(site.lines('worker')[0]), 'SIGKILL');
}

const stateOfJob = (job: string) => slurm.command('squeue', '-h', '-t', 'all', '-j', job, '-o', '%T').trim();

/** What is kept with the Launches of the Firework, the archived ones too. */
const launches = async (site: Site) => JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));

async function maintained(site: Site): Promise<string> {
  const { code, stderr } = await site.run('lpad', 'admin', 'maintain');
  expect(code).toBe(0);
  return stderr;
}

describe('a Launch whose worker is killed with its job, so that nobody reports it', () => {
  /** The job goes on without its worker until something ends it. */
  const unattended = { post_rocket: 'sleep 300' };

  it(
    'is lost, and says TIMEOUT when the time of the job was over',
    async () => {
      const { site, job } = await siteWithRunningJob(unattended);
      killWorker(site);
      slurm.command('scontrol', 'update', `jobid=${job}`, 'endtime=now');
      // Upkeep comes before the end of the job: the reason follows.
      expect(await maintained(site)).toContain('is lost: FIZZLED');
      await when(() => stateOfJob(job) === 'TIMEOUT', 'the time of the job is over');
      expect(await maintained(site)).toContain('lost since its job ended (TIMEOUT): it stays FIZZLED');
      expect(await countState(site, 'FIZZLED')).toBe(1);
      expect(await launches(site)).toMatch(new RegExp(`Its job ${job} ended: TIMEOUT`));
      expect(await maintained(site)).not.toContain('TIMEOUT');
    },
    patiently,
  );

  it(
    'says CANCELLED when somebody cancelled the job, and runs again only where policy says so',
    async () => {
      const { site, job } = await siteWithRunningJob(unattended);
      killWorker(site);
      slurm.command('scancel', job);
      await when(() => stateOfJob(job) === 'CANCELLED', 'the job is cancelled');
      site.write('FW_config.yaml', 'RERUN_LOST: [CANCELLED]\n');
      expect(await maintained(site)).toContain('(CANCELLED): it runs again');
      expect(await launches(site)).toMatch(new RegExp(`Its job ${job} ended: CANCELLED`));
    },
    patiently,
  );

  it(
    'runs again no more often than policy says',
    async () => {
      const { site, job } = await siteWithRunningJob(unattended);
      killWorker(site);
      slurm.command('scancel', job);
      await when(() => stateOfJob(job) === 'CANCELLED', 'the job is cancelled');
      site.write('FW_config.yaml', 'RERUN_LOST: [CANCELLED]\nRERUN_LOST_LIMIT: 0\n');
      expect(await maintained(site)).toContain('(CANCELLED): it stays FIZZLED');
      expect(await countState(site, 'FIZZLED')).toBe(1);
    },
    patiently,
  );

  it(
    'says FAILED when the job ended because its command was killed',
    async () => {
      const { site, job } = await siteWithRunningJob();
      killWorker(site);
      await when(() => stateOfJob(job) === 'FAILED', 'the job has failed');
      expect(await maintained(site)).toContain('(FAILED): it stays FIZZLED');
      expect(await launches(site)).toMatch(new RegExp(`Its job ${job} ended: FAILED .*exit code 137`));
    },
    patiently,
  );

  it(
    'says NODE_FAIL when its node was gone, and runs again by the next qlaunch',
    async () => {
      const directives = ['--no-requeue', '--nodelist=n3'];
      const { site, job } = await siteWithRunningJob({ directives, ...unattended });
      killWorker(site);
      slurm.command('scontrol', 'update', 'nodename=n3', 'state=down', 'reason=test');
      await when(() => stateOfJob(job) === 'NODE_FAIL', 'the node is gone');
      writeAdapter(site, 'SLURM', { rocket_launch: jobCommand(site, 'rlaunch', 'singleshot') });
      const { stderr } = await site.run('qlaunch', 'singleshot');
      expect(stderr).toContain('(NODE_FAIL): it runs again');
      await whenInState(site, 'COMPLETED', 1);
      expect(await launches(site)).toMatch(new RegExp(`Its job ${job} ended: NODE_FAIL`));
    },
    patiently,
  );

  it(
    'says REQUEUED when Slurm put the job back, which then runs the Firework again',
    async () => {
      const { site, job } = await siteWithRunningJob({ directives: ['--requeue'], ...unattended });
      killWorker(site);
      slurm.command('scontrol', 'requeue', job);
      expect(await maintained(site)).toContain('(REQUEUED): it runs again');
      await whenInState(site, 'COMPLETED', 1);
      expect(await launches(site)).toContain('REQUEUED, Slurm began it anew');
    },
    patiently,
  );

  it(
    'is explained when the job has ended, though only the worker was killed and the job went well',
    async () => {
      const { site, job } = await siteWithRunningJob({ post_rocket: 'sleep 3' });
      killWorker(site);
      expect(await maintained(site)).toContain('is lost: FIZZLED');
      await when(() => stateOfJob(job) === 'COMPLETED', 'the job has ended');
      expect(await maintained(site)).toContain('(COMPLETED): it stays FIZZLED');
    },
    patiently,
  );
});

describe('a Launch that is lost with a job of a chain', () => {
  it(
    'is explained by the jobs after it, and runs again where policy says so, while nobody does anything',
    async () => {
      const site = slurm.site();
      site.write('../home/.fireworks/FW_config.yaml', 'RERUN_LOST: [NODE_FAIL]\n');
      const [leader, worker, first, begun, ran] = ['leader', 'worker', 'first', 'begun', 'ran'].map((name) =>
        join(site.directory, name),
      );
      const rlaunch = jobCommand(site, 'rlaunch', '-c', site.directory, 'rapidfire');
      writeAdapter(site, 'SLURM', {
        rocket_launch: `echo $PPID >>${leader}; sh -c 'echo $$ >>${worker}; exec ${rlaunch}'`,
        directives: ['--no-requeue'],
        // The first job goes on without its worker until its node is gone.
        post_rocket: `if mkdir ${first} 2>/dev/null; then sleep 300; fi`,
      });
      const script = `if [ -e ${begun} ]; then echo 1 >>${ran}; exit 0; fi; touch ${begun}; exec sleep 300`;
      site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
      await site.run('lpad', 'add', 'one.yaml');
      const { stderr } = await site.run('qlaunch', 'infinite', '--name', 'c');
      const job = /submitted job (\d+)/.exec(stderr)?.[1] ?? '';
      await when(() => existsSync(String(begun)), 'the task runs');
      const node = slurm.command('squeue', '-h', '-j', job, '-o', '%N').trim();
      for (const name of ['leader', 'worker']) process.kill(Number(site.lines(name)[0]), 'SIGKILL');
      slurm.command('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test');
      await whenInState(site, 'COMPLETED', 1);
      expect(site.lines('ran')).toEqual(['1']);
      expect(await launches(site)).toMatch(new RegExp(`Its job ${job} ended: NODE_FAIL`));
      const chains = async () => (await site.run('qlaunch', '-s', 'chains')).stdout;
      await when(async () => (await chains()).includes('c: over'), 'the chain is over');
    },
    patiently,
  );
});

describe('a batch system that does not say how a job ended', () => {
  it(
    'is asked again the next time; until then the Launch is lost without a reason',
    async () => {
      const { site, job } = await siteWithRunningJob();
      killWorker(site);
      await when(() => stateOfJob(job) === 'FAILED', 'the job has failed');
      const silent = ['scontrol', 'sacct'].map((name) => site.write(`bin/${name}`, '#!/bin/sh\nexit 1\n'));
      for (const path of silent) chmodSync(path, 0o755);
      const { PATH } = slurm.environment();
      const environment = { ...slurm.environment(), PATH: `${join(site.directory, 'bin')}:${PATH}` };
      const blind = execFileSync('sh', ['-c', jobCommand(site, 'lpad', 'admin', 'maintain')], {
        cwd: site.directory,
        env: environment,
        encoding: 'utf8',
        stdio: 'pipe',
      });
      expect(blind).toBe('');
      expect(await countState(site, 'FIZZLED')).toBe(1);
      expect(await maintained(site)).toContain('(FAILED): it stays FIZZLED');
    },
    patiently,
  );
});
