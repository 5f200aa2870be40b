import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { countState, jobCommand, startedBatchSystem } from '../cluster/batch-system.ts';
import { newSite, patiently, type Site, until } from '../programs/site.ts';

const slurm = startedBatchSystem('slurm');

interface Work {
  script: string;
  name?: string;
  needs?: Record<string, unknown>;
}

/** Adds Fireworks, each of them a script with the resources that it declares. */
async function add(site: Site, ...fireworks: Work[]): Promise<void> {
  const fws = fireworks.map(({ script, needs, name }, i) => ({
    fw_id: i + 1,
    name: name ?? `firework ${i}`,
    spec: { _tasks: [{ _fw_name: 'ScriptTask', script }], ...(needs && { _resources: needs }) },
  }));
  site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
  expect(await site.run('lpad', 'add', 'workflow.yaml')).toMatchObject({ code: 0 });
}

const sbatch = (site: Site, words: string[], ...options: string[]): string => {
  const log = join(site.directory, 'rlaunch.log');
  // A program that is not told of its job is what every worker of FireWorks is.
  const forget = '[ -z "$FORGET_JOB" ] || unset SLURM_JOB_ID SLURM_JOBID';
  const command = `exec env SKYROCKET_GRACE_SECS=1 ${jobCommand(site, 'rlaunch', 'rapidfire', ...words)} >${log} 2>&1`;
  const script = site.write('job.sh', `#!/bin/bash\n${forget}\n${command}\n`);
  const where = [`--chdir=${site.directory}`, '--output=/dev/null', '--parsable'];
  return slurm.command('sbatch', ...options, ...where, script).trim();
};

/** Runs rlaunch in a job of its own, and waits until that has ended. What it logged. */
function runJob(site: Site, words: string[], ...options: string[]): string {
  sbatch(site, words, '--wait', ...options);
  return site.lines('rlaunch.log').join('\n');
}

const stateOfJob = (id: string) =>
  /JobState=(\w+)/.exec(slurm.command('scontrol', 'show', 'job', id))?.[1] ?? '';

/** Slurm looks at walltimes twice a minute. */
async function whenOver(job: string): Promise<void> {
  const deadline = Date.now() + 150_000;
  while (['PENDING', 'RUNNING', 'COMPLETING'].includes(stateOfJob(job))) {
    if (Date.now() > deadline) throw new Error(`job ${job} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('rlaunch rapidfire in a job of Slurm', () => {
  it(
    'runs Fireworks of 1, 2 and 4 cores side by side, and never more than the job has',
    async () => {
      const site = newSite(slurm.environment());
      const ledger = join(site.directory, 'ledger');
      const script = `echo $OMP_NUM_THREADS >>${ledger}; sleep 0.3; echo -$OMP_NUM_THREADS >>${ledger}`;
      const cores = [1, 2, 4, 1, 2, 1, 4, 2];
      await add(site, ...cores.map((count) => ({ script, needs: { cores: count } })));
      runJob(site, [], '--cpus-per-task=4', '--time=5');
      expect(await countState(site, 'COMPLETED')).toBe(8);
      let inUse = 0;
      const steps = site.lines('ledger').map((line) => {
        inUse += Number(line);
        return inUse;
      });
      expect(Math.max(...steps)).toBe(4);
      expect(steps).toHaveLength(16);
    },
    patiently,
  );

  it(
    'begins nothing that cannot end in the time that Slurm says is left',
    async () => {
      const site = newSite(slurm.environment());
      await add(
        site,
        { script: 'true', needs: { walltime: 30 } },
        { script: 'true', needs: { walltime: '00:02:00' } },
      );
      await add(site, { script: 'true', name: 'unknown' });
      runJob(site, ['--default-walltime', '00:01:00'], '--time=1');
      const { stdout } = await site.run('lpad', '-s', 'get_fws', '-s', 'COMPLETED', '-d', 'ids');
      expect(JSON.parse(stdout)).toBe(1);
    },
    patiently,
  );

  it(
    'is not cut off in a job of one minute, as one is that does not know its job',
    async () => {
      const campaign = [1, 100, 2, 3].map((seconds) => ({
        ...{ script: `sleep ${seconds}`, name: `${seconds} seconds` },
        needs: { cores: 1, walltime: seconds + 5 },
      }));
      const [knowing, unknowing] = [newSite(slurm.environment()), newSite(slurm.environment())];
      for (const site of [knowing, unknowing]) await add(site, ...campaign);
      const jobs = [
        sbatch(knowing, [], '--time=1', '--cpus-per-task=2'),
        sbatch(unknowing, [], '--time=1', '--cpus-per-task=2', '--export=ALL,FORGET_JOB=1'),
      ];
      for (const job of jobs) await whenOver(job);
      expect(jobs.map(stateOfJob)).toEqual(['COMPLETED', 'TIMEOUT']);
      expect(await countState(knowing, 'COMPLETED')).toBe(3);
      expect(await countState(knowing, 'READY')).toBe(1);
      // Slurm signals every process of the job, one after another: what was begun between two of them is cut off too.
      expect(await countState(unknowing, 'FIZZLED')).toBeGreaterThanOrEqual(1);
    },
    patiently,
  );

  it(
    'ends tasks before the job does, and reports why',
    async () => {
      const site = newSite(slurm.environment());
      await add(site, { script: `touch ${site.directory}/runs; sleep 600` });
      const log = runJob(site, ['--walltime', '14'], '--time=5');
      expect(log).toMatch(/Stopped: the time of job \d+ ends/);
      expect(await countState(site, 'FIZZLED')).toBe(1);
      const { stdout } = await site.run('lpad', '-s', 'get_fws', '-i', '1', '-d', 'all');
      expect(stdout).toMatch(/interrupted: the time of job \d+ ends/);
    },
    patiently,
  );

  it(
    'does so too when Slurm sends the signal that was asked for',
    async () => {
      const site = newSite(slurm.environment());
      await add(site, { script: `touch ${site.directory}/runs; sleep 600` });
      const job = sbatch(site, [], '--time=5', '--signal=B:USR1@60');
      await until(() => slurm.command('squeue', '-h', '-j', job) !== '', 'it runs');
      await until(() => site.lines('rlaunch.log').some((line) => line.includes('runs in')), 'a Launch runs');
      slurm.command('scancel', '--signal=USR1', '--batch', job);
      await until(
        () => site.lines('rlaunch.log').some((line) => line.includes('Stopped:')),
        'it has stopped',
      );
      expect(site.lines('rlaunch.log').join('\n')).toContain('(the batch system sent SIGUSR1)');
      expect(await countState(site, 'FIZZLED')).toBe(1);
    },
    patiently,
  );

  it(
    'runs on all nodes of the job with --srun',
    async () => {
      const site = newSite(slurm.environment());
      const where = join(site.directory, 'where');
      const script = `echo $SLURMD_NODENAME >>${where}; sleep 1`;
      await add(site, ...Array.from({ length: 6 }, () => ({ script, needs: { cores: 1 } })));
      runJob(site, ['--srun'], '--nodes=2', '--ntasks-per-node=1', '--cpus-per-task=2', '--time=5');
      expect(await countState(site, 'COMPLETED')).toBe(6);
      expect(new Set(site.lines('where')).size).toBe(2);
    },
    patiently,
  );
});
