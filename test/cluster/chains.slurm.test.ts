import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patiently, type Site } from '../programs/site.ts';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  whenInState,
  writeAdapter,
} from './batch-system.ts';

const slurm = startedBatchSystem('slurm');

/** Jobs of a site that have not ended: their ids by state. */
function queued(site: Site): { running: string[]; pending: string[] } {
  const lines = slurm.command('squeue', '-h', '-O', 'JobID:20,State:20,WorkDir:200').split('\n');
  const jobs = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words[2]?.startsWith(site.directory));
  const inState = (state: string) => jobs.flatMap(([id = '', now]) => (now === state ? [id] : []));
  return { running: inState('RUNNING'), pending: inState('PENDING') };
}

async function when(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A site whose jobs wait until a file `go` is there, and then run all that is READY. */
function heldSite(): Site {
  const site = slurm.site();
  const go = join(site.directory, 'go');
  const drain = jobCommand(site, 'rlaunch', 'rapidfire');
  writeAdapter(site, 'SLURM', { rocket_launch: `while [ ! -e ${go} ]; do sleep 0.1; done; ${drain}` });
  return site;
}

const chainsOf = async (site: Site) => (await site.run('qlaunch', '-s', 'chains')).stdout;

describe('qlaunch infinite on Slurm', () => {
  it(
    'keeps M jobs running and M pending, and never more, until nothing is left; then the chain is over',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { rocket_launch: jobCommand(site, 'rlaunch', 'singleshot') });
      await addFireworks(site, 12);
      expect(await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c')).toMatchObject({ code: 0 });
      const most = { running: 0, pending: 0 };
      await when(() => {
        const { running, pending } = queued(site);
        most.running = Math.max(most.running, running.length);
        most.pending = Math.max(most.pending, pending.length);
        return running.length + pending.length === 0;
      }, 'the queue is empty');
      expect(await countState(site, 'COMPLETED')).toBe(12);
      expect(site.lines('ran')).toHaveLength(12);
      expect(most.running).toBeLessThanOrEqual(2);
      expect(most.pending).toBeLessThanOrEqual(2);
      expect(await chainsOf(site)).toMatch(/^c: over; 2 slots; running: none; pending: none\n$/);
    },
    patiently,
  );

  it(
    'has a successor pending for each job that runs, and submits nothing more when it is run again',
    async () => {
      const site = heldSite();
      await addFireworks(site, 3);
      await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c');
      const isFull = () => queued(site).running.length === 2 && queued(site).pending.length === 2;
      await when(isFull, 'two jobs run and two wait');
      const { stderr } = await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c');
      expect(stderr).toContain('chain c: 0 jobs were submitted');
      expect(isFull()).toBe(true);
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 3);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );

  it(
    'goes on when a job is cancelled, and refills a slot whose jobs are all gone',
    async () => {
      const site = heldSite();
      await addFireworks(site, 2);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(() => queued(site).running.length === 1 && queued(site).pending.length === 1, 'a job runs');
      const [first = ''] = queued(site).running;
      slurm.command('scancel', first);
      await when(() => queued(site).running.some((id) => id !== first), 'the successor runs');
      await when(() => queued(site).pending.length === 1, 'and has its own successor');
      const { running, pending } = queued(site);
      // The successor first: else it would begin.
      slurm.command('scancel', ...pending);
      slurm.command('scancel', '-s', 'KILL', '-f', ...running);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'all are gone');
      expect(await site.run('qlaunch', 'infinite', '--name', 'c')).toMatchObject({ code: 0 });
      await when(() => queued(site).running.length === 1, 'a job runs again');
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 2);
    },
    patiently,
  );

  it(
    'stops by one command: what waits is cancelled, what runs ends without a successor',
    async () => {
      const site = heldSite();
      await addFireworks(site, 1);
      await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c');
      await when(
        () => queued(site).running.length === 2 && queued(site).pending.length === 2,
        'the chain is full',
      );
      expect(await site.run('qlaunch', 'stop', 'c')).toMatchObject({ code: 0 });
      await when(() => queued(site).pending.length === 0, 'nothing waits');
      expect(await chainsOf(site)).toMatch(
        /^c: stopped \(by qlaunch stop\); 2 slots; running: \d+ \d+; pending: none/,
      );
      site.write('go', '');
      await when(() => queued(site).running.length === 0, 'nothing runs');
      expect(queued(site).pending).toEqual([]);
    },
    patiently,
  );

  it(
    'refuses to stop a chain that there is not',
    async () => {
      const site = heldSite();
      const { code, stderr } = await site.run('qlaunch', 'stop', 'none');
      expect([code, stderr]).toEqual([2, 'qlaunch: there is no chain none; qlaunch chains lists them\n']);
    },
    patiently,
  );

  it(
    'lets the successor of a job that fails at once wait, and tells why',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { rocket_launch: 'exit 7' });
      await addFireworks(site, 1);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(
        async () => (await chainsOf(site)).includes('1 jobs failed, the last one so: exit code 7 of exit 7'),
        'it failed',
      );
      await when(
        () => queued(site).running.length === 0 && queued(site).pending.length === 1,
        'the next one waits',
      );
      const [id = ''] = queued(site).pending;
      expect(slurm.command('squeue', '-h', '-j', id, '-o', '%r')).toBe('BeginTime\n');
      await site.run('qlaunch', 'stop', 'c');
    },
    patiently,
  );

  it(
    'stops after five jobs in a row that failed, says why, and begins again when it is told to',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { rocket_launch: 'exit 7' });
      await addFireworks(site, 1);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(async () => {
        // Nobody wants to wait for minutes.
        for (const id of queued(site).pending)
          slurm.command('sh', '-c', `scontrol update jobid=${id} starttime=now 2>/dev/null || true`);
        return (await chainsOf(site)).includes('stopped');
      }, 'the chain has stopped');
      expect(await chainsOf(site)).toMatch(
        /^c: stopped \(5 jobs failed one after another, the last one so: exit code 7 of exit 7\)/,
      );
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'nothing is queued');
      writeAdapter(site, 'SLURM', { rocket_launch: jobCommand(site, 'rlaunch', 'rapidfire') });
      expect(await site.run('qlaunch', 'infinite', '--name', 'c')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 1);
    },
    patiently,
  );

  it(
    'goes on with --forever when nothing is left, and runs what is added later',
    async () => {
      const site = slurm.site();
      writeAdapter(site, 'SLURM', { rocket_launch: jobCommand(site, 'rlaunch', 'rapidfire') });
      expect(await site.run('qlaunch', 'infinite', '--forever', '--name', 'c')).toMatchObject({ code: 0 });
      const reasonOf = (job: string) => slurm.command('squeue', '-h', '-t', 'all', '-j', job, '-o', '%r');
      await when(
        () => queued(site).pending.some((job) => reasonOf(job) === 'BeginTime\n'),
        'a job found nothing, and its successor waits',
      );
      const [id = ''] = queued(site).pending;
      await addFireworks(site, 1);
      slurm.command('scontrol', 'update', `jobid=${id}`, 'starttime=now');
      await whenInState(site, 'COMPLETED', 1);
      await when(() => queued(site).pending.some((next) => next !== id), 'another one waits');
      await site.run('qlaunch', 'stop', 'c');
    },
    patiently,
  );

  it(
    'ends at once when its job begins without a place in the chain',
    async () => {
      const site = heldSite();
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', 'chain_job', 'c', 'C-not-mine');
      expect([code, stderr]).toEqual([0, expect.stringContaining('this job is none of its jobs')]);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );
});

describe('a job of a chain that is killed while it submits its successor', () => {
  /** A site whose first job, in the sbatch that it runs, is killed: before the submission, or after it. */
  function fatalSite(text: string): Site {
    const site = slurm.site();
    const once = join(site.directory, 'killed');
    const kill = `if [ -n "$SLURM_JOB_ID" ] && mkdir ${once} 2>/dev/null; then ${text}; kill -KILL $PPID; exit; fi`;
    const path = site.write('bin/sbatch', `#!/bin/bash\n${kill}\nexec sbatch "$@"\n`);
    chmodSync(path, 0o755);
    const drain = jobCommand(site, 'rlaunch', 'rapidfire');
    writeAdapter(site, 'SLURM', { rocket_launch: drain, _q_commands_override: { submit_cmd: path } });
    return site;
  }

  it(
    'after the submission, is followed by the successor',
    async () => {
      const site = fatalSite('sbatch "$@"');
      await addFireworks(site, 2);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await whenInState(site, 'COMPLETED', 2);
      expect(site.lines('ran')).toHaveLength(2);
      expect(existsSync(join(site.directory, 'killed'))).toBe(true);
    },
    patiently,
  );

  it(
    'before the submission, leaves a slot that is refilled by running qlaunch infinite again',
    async () => {
      const site = fatalSite('true');
      await addFireworks(site, 2);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(() => existsSync(join(site.directory, 'killed')), 'the job was killed');
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'it is gone');
      expect(await countState(site, 'READY')).toBe(2);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await whenInState(site, 'COMPLETED', 2);
      expect(site.lines('ran')).toHaveLength(2);
    },
    patiently,
  );
});

describe('a qlaunch infinite that is killed', () => {
  it(
    'after it has submitted, is followed by one that finds the job and submits no other for its slot',
    async () => {
      const site = heldSite();
      const path = site.write('bin/sbatch', '#!/bin/bash\nsbatch "$@"\nkill -KILL $PPID\n');
      chmodSync(path, 0o755);
      await addFireworks(site, 1);
      const settings = { rocket_launch: 'sleep 100', directives: ['--hold'] };
      writeAdapter(site, 'SLURM', { ...settings, _q_commands_override: { submit_cmd: path } });
      expect(await site.run('qlaunch', 'infinite', '--name', 'c')).toMatchObject({ signal: 'SIGKILL' });
      writeAdapter(site, 'SLURM', settings);
      const { code, stderr } = await site.run('qlaunch', 'infinite', '--name', 'c');
      expect([code, stderr]).toEqual([0, expect.stringContaining('0 jobs were submitted')]);
      const { pending } = queued(site);
      expect(pending).toHaveLength(1);
      expect(await chainsOf(site)).toContain(`pending: ${pending[0]}\n`);
    },
    patiently,
  );
});

describe('the bounds of a chain', () => {
  it(
    'hold when M becomes smaller: jobs that wait beyond it are cancelled, those that run have no successors',
    async () => {
      const site = heldSite();
      await addFireworks(site, 4);
      const isFull = (jobs: number) =>
        queued(site).running.length === jobs && queued(site).pending.length === jobs;
      await site.run('qlaunch', 'infinite', '-m', '3', '--name', 'c');
      await when(() => isFull(3), 'three jobs run and three wait');
      expect(await site.run('qlaunch', 'infinite', '-m', '1', '--name', 'c')).toMatchObject({ code: 0 });
      await when(() => queued(site).pending.length === 1, 'one waits');
      expect(queued(site).running).toHaveLength(3);
      await site.run('qlaunch', 'infinite', '-m', '1', '--name', 'c');
      expect(queued(site).pending).toHaveLength(1);
      slurm.command('scancel', ...queued(site).running);
      await when(() => isFull(1), 'the one that waited runs, and has a successor');
      // A cancelled job that Slurm kills before it has left is forgotten by whoever looks after the chain next.
      await when(async () => {
        await site.run('qlaunch', 'infinite', '-m', '1', '--name', 'c');
        return /^c: going on; 1 slots; running: \d+; pending: \d+\n/.test(await chainsOf(site));
      }, 'the chain has forgotten those that were cancelled');
      expect(isFull(1)).toBe(true);
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 4);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );

  it(
    'hold for a job that was submitted and has no place: it is cancelled, or ends at once',
    async () => {
      const site = heldSite();
      await addFireworks(site, 1);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(
        () => queued(site).running.length === 1 && queued(site).pending.length === 1,
        'the chain is full',
      );
      // As one that Slurm accepts long after it was given up: another tag of the same chain.
      const own = slurm.command('squeue', '-h', '-j', queued(site).pending.join(), '-o', '%k').trim();
      const script = site
        .lines(join(scriptOf(site), 'FW_submit.script'))
        .join('\n')
        .replaceAll(tagOf(own), tagOf(own, 'stray'));
      const stray = (...options: string[]) =>
        slurm
          .command(
            'sbatch',
            '--parsable',
            `--comment=skyrocket:${tagOf(own, 'stray')}`,
            `--chdir=${site.directory}`,
            ...options,
            site.write('stray.sh', `${script}\n`),
          )
          .trim();
      const waiting = stray('--hold');
      const { stderr } = await site.run('qlaunch', 'infinite', '--name', 'c');
      expect(stderr).toContain(`${waiting} have no place in it and are cancelled`);
      expect(queued(site).pending).toHaveLength(1);
      const begun = stray();
      const stateOf = () => slurm.command('squeue', '-h', '-t', 'all', '-j', begun, '-o', '%T').trim();
      await when(() => stateOf() === 'COMPLETED', 'it has ended');
      expect([queued(site).running.length, queued(site).pending.length]).toEqual([1, 1]);
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 1);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );

  /** The directory of the first job. */
  const scriptOf = (site: Site) =>
    readdirSync(site.directory, { recursive: true, encoding: 'utf8' })
      .filter((path) => /launcher_[^/]+$/.test(path))
      .sort()
      .at(-1) ?? '';
  const tagOf = (comment: string, end?: string) => {
    const tag = comment.replace('skyrocket:', '');
    return end === undefined ? tag : tag.replace(/[^-]+$/, end);
  };
});

describe('signals to a job of a chain', () => {
  it(
    'reach its worker, also behind other commands of the shell: it gives up in good order, and the chain goes on',
    async () => {
      const site = slurm.site();
      const [begun, leader] = [join(site.directory, 'begun'), join(site.directory, 'leader')];
      const worker = jobCommand(site, 'rlaunch', '-c', site.directory, 'rapidfire', '--on-signal', 'release');
      writeAdapter(site, 'SLURM', { rocket_launch: `echo $PPID >>${leader}; ${worker}; true` });
      const script = `if [ -e ${begun} ]; then exit 0; fi; touch ${begun}; exec sleep 300`;
      site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
      await site.run('lpad', 'add', 'one.yaml');
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(() => existsSync(begun), 'the task runs');
      process.kill(Number(site.lines('leader')[0]), 'SIGTERM');
      await whenInState(site, 'COMPLETED', 1);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
      expect(await chainsOf(site)).toContain('c: over');
    },
    patiently,
  );

  it(
    'are those of --signal too, before the walltime ends',
    async () => {
      const site = slurm.site();
      const begun = join(site.directory, 'begun');
      writeAdapter(site, 'SLURM', {
        rocket_launch: jobCommand(site, 'rlaunch', '-c', site.directory, 'rapidfire'),
        signal: 'B:USR1@60',
      });
      const script = `if [ -e ${begun} ]; then exit 0; fi; touch ${begun}; exec sleep 300`;
      site.write('one.yaml', JSON.stringify({ spec: { _tasks: [{ _fw_name: 'ScriptTask', script }] } }));
      await site.run('lpad', 'add', 'one.yaml');
      await site.run('qlaunch', 'infinite', '--name', 'c');
      await when(() => existsSync(begun), 'the task runs');
      const [job = ''] = queued(site).running;
      slurm.command('scancel', '--signal=USR1', '--batch', job);
      await whenInState(site, 'FIZZLED', 1);
      const told = JSON.stringify(await site.ask('get_fws', '-i', '1', '-d', 'all'));
      expect(told).toContain('the batch system sent SIGUSR1');
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );
});

describe('qlaunch infinite -m auto', () => {
  it(
    'chooses number and length of the jobs from what is READY, and successors have that length too',
    async () => {
      const site = heldSite();
      // As is known of nothing yet, each is expected to take the shortest walltime.
      await addFireworks(site, 3);
      const limits = ['--max-jobs', '2', '--min-walltime', '2', '--max-walltime', '30'];
      const { code, stderr } = await site.run('qlaunch', 'infinite', '-m', 'auto', ...limits, '--name', 'c');
      expect([code, stderr]).toEqual([0, expect.stringContaining('2 jobs of 00:04:00 are enough')]);
      await when(
        () => queued(site).running.length === 2 && queued(site).pending.length === 2,
        'the chain is full',
      );
      const { running, pending } = queued(site);
      const times = slurm.command('squeue', '-h', '-j', [...running, ...pending].join(), '-o', '%l');
      expect(times).toBe('4:00\n'.repeat(4));
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 3);
      await when(() => queued(site).running.length + queued(site).pending.length === 0, 'the chain is gone');
    },
    patiently,
  );
});
