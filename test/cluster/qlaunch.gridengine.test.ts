import { chmodSync } from 'node:fs';
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

const gridEngine = startedBatchSystem('gridengine');

/** Jobs that wait or run under a name, by their ids. */
function jobsNamed(name: string): string[] {
  const lines = gridEngine.command('qstat', '-r').split('\n');
  return lines.flatMap((line, index) => {
    const [, full] = /^\s+Full jobname:\s+(\S+)/.exec(line) ?? [];
    return full === name ? [lines[index - 1]?.trim().split(/\s+/)[0] ?? ''] : [];
  });
}

function instead(site: Site, text: string): string {
  const path = site.write('bin/instead', `#!/bin/bash\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('qlaunch on Grid Engine', () => {
  it(
    'submits one job, which runs one Firework',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE', { queue: 'all.q' });
      await addFireworks(site, 1);
      expect(await site.run('qlaunch', 'singleshot')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 1);
      expect(site.lines('ran')).toEqual(['1']);
    },
    patiently,
  );

  it(
    'submits an array for all that is READY',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE');
      await addFireworks(site, 4);
      const { code, stderr } = await site.run('qlaunch', 'rapidfire', '--sleep', '1');
      expect([code, stderr]).toEqual([0, expect.stringContaining('Submitted an array of 4 jobs')]);
      await whenInState(site, 'COMPLETED', 4);
      expect(site.lines('ran').sort()).toEqual(['1', '2', '3', '4']);
    },
    patiently,
  );

  it(
    'does not submit again for work that queued jobs will do',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE', { directives: ['-h'], job_name: 'twice' });
      await addFireworks(site, 3);
      await site.run('qlaunch', 'rapidfire');
      const { stderr } = await site.run('qlaunch', 'rapidfire');
      expect(stderr).toContain('0 jobs were submitted');
      expect(jobsNamed('twice')).toHaveLength(1);
    },
    patiently,
  );

  it(
    'reserves a Firework for each job, and notes the id of the job',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE');
      await addFireworks(site, 2);
      expect(await site.run('qlaunch', '-r', 'rapidfire')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 2);
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1,2');
      expect(stdout).toMatch(/^\d+\n\d+\n$/);
    },
    patiently,
  );

  it(
    'tells in the words of Grid Engine why a job was not taken, and gives the reservation back',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE', { queue: 'nowhere.q' });
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', '-r', 'singleshot');
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/Grid Engine did not take the job: .*"nowhere.q"/),
      ]);
      expect(await countState(site, 'READY')).toBe(1);
    },
    patiently,
  );

  it(
    'finds a job by its tag that a killed qlaunch had submitted',
    async () => {
      const site = gridEngine.site();
      const killer = instead(site, 'qsub "$@"; kill -KILL $PPID');
      const held = { directives: ['-h'] };
      writeAdapter(site, 'SGE', { ...held, _q_commands_override: { submit_cmd: killer } });
      await addFireworks(site, 1);
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ signal: 'SIGKILL' });
      writeAdapter(site, 'SGE', held);
      const { stderr } = await site.run('qlaunch', '-r', 'rapidfire', '--timeout', '1');
      expect(stderr).toContain('was submitted for Firework 1 by a qlaunch that was ended');
      const [id] = jobsNamed('firework_1');
      expect(await site.run('lpad', '-s', 'get_qids', '-i', '1')).toMatchObject({ stdout: `${id}\n` });
    },
    patiently,
  );

  it(
    'takes a reservation back with its job',
    async () => {
      const site = gridEngine.site();
      writeAdapter(site, 'SGE', { directives: ['-h'], job_name: 'back' });
      await addFireworks(site, 1);
      await site.run('qlaunch', '-r', 'singleshot');
      const [id = ''] = jobsNamed('back');
      expect(await site.run('lpad', 'cancel_qid', '--qid', id)).toMatchObject({ code: 0 });
      expect([jobsNamed('back'), await countState(site, 'READY')]).toEqual([[], 1]);
    },
    patiently,
  );
});

describe('qlaunch infinite on Grid Engine', () => {
  it(
    'keeps a chain going until nothing is left',
    async () => {
      const site = gridEngine.site();
      const launchpad = site.write('my_launchpad.yaml', JSON.stringify({ file: site.database }));
      const rocketLaunch = jobCommand(site, 'rlaunch', '-l', launchpad, 'singleshot');
      // A job of Grid Engine inherits no environment.
      writeAdapter(site, 'SGE', { rocket_launch: rocketLaunch, job_name: 'link' });
      await addFireworks(site, 5);
      expect(await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'c')).toMatchObject({ code: 0 });
      let most = 0;
      for (const deadline = Date.now() + 120_000; ; ) {
        const jobs = jobsNamed('link').length;
        most = Math.max(most, jobs);
        if (jobs === 0) break;
        if (Date.now() > deadline) throw new Error('the chain does not end');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(site.lines('ran').sort()).toEqual(['1', '2', '3', '4', '5']);
      expect(most).toBeLessThanOrEqual(4);
      expect((await site.run('qlaunch', '-s', 'chains')).stdout).toMatch(/^c: over; 2 slots/);
    },
    patiently,
  );

  it(
    'stops by one command',
    async () => {
      const site = gridEngine.site();
      const launchpad = site.write('my_launchpad.yaml', JSON.stringify({ file: site.database }));
      const wait = `while [ ! -e ${site.directory}/go ]; do sleep 0.1; done`;
      const rocketLaunch = `${wait}; ${jobCommand(site, 'rlaunch', '-l', launchpad, 'singleshot')}`;
      writeAdapter(site, 'SGE', { rocket_launch: rocketLaunch, job_name: 'halt' });
      await addFireworks(site, 1);
      await site.run('qlaunch', 'infinite', '--name', 'c');
      for (const deadline = Date.now() + 60_000; jobsNamed('halt').length < 2; ) {
        if (Date.now() > deadline) throw new Error('no successor was submitted');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(await site.run('qlaunch', 'stop', 'c')).toMatchObject({ code: 0 });
      expect(jobsNamed('halt')).toHaveLength(1);
      site.write('go', '');
      await whenInState(site, 'COMPLETED', 1);
    },
    patiently,
  );
});
