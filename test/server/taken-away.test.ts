import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { lives, patiently, type Running, type Site, until } from '../programs/site.ts';
import { type ServedSite, servedSite } from './served-site.ts';

/** The first task leaves something; the second says who it is and what it started, and would go on for ever. */
const endless = JSON.stringify({
  spec: {
    _tasks: [
      { _fw_name: 'ScriptTask', script: `echo '{"stored_data": {"energy": -1.5}}' > FWAction.json` },
      {
        _fw_name: 'ScriptTask',
        script: 'sleep 1000 & echo $$ $! > ../started.new; mv ../started.new ../started; wait',
      },
    ],
  },
});

interface AtWork {
  served: ServedSite;
  user: Site;
  worker: Site;
  running: Running;
  /** The shell of the task, and what it started. */
  pids: number[];
}

/** A worker, somewhere else than the server, that runs the Firework. It is to launch one, and then to end. */
async function atWork(leaseSeconds: number): Promise<AtWork> {
  const served = await servedSite(leaseSeconds);
  const [user, worker] = [await served.client('user'), await served.client('worker')];
  expect(await user.run('lpad', 'add', user.write('endless.json', endless))).toMatchObject({ code: 0 });
  const running = worker.start('rlaunch', 'rapidfire', '--nlaunches', '1');
  await until(() => worker.lines('started').length === 1, 'the task runs');
  const pids = worker.lines('started').flatMap((line) => line.split(' ').map(Number));
  expect(pids.map(lives)).toEqual([true, true]);
  return { served, user, worker, running, pids };
}

/** The worker has ended what it ran, and itself; gives what it kept for the user, of which its log tells. */
async function keptReport({ running, pids }: AtWork): Promise<{ reason: string; report: unknown }> {
  const { code, stderr } = await running.ended;
  expect([code, stderr]).toEqual([0, expect.stringMatching(/0 COMPLETED, 0 FIZZLED, 1 taken away/)]);
  await until(() => !pids.some(lives), 'all of the task is gone');
  const [, path = ''] = /The result of Launch 1 was refused: .* It is kept in (\S+)/i.exec(stderr) ?? [];
  expect(basename(path)).toBe('refused_report_1.json');
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('a worker elsewhere whose running Launch is taken away', () => {
  it.each([
    ['reruns', 'rerun_fws', 'READY', /rerun/],
    ['defuses', 'defuse_fws', 'DEFUSED', /defused/],
  ])(
    'since a user %s its Firework ends its tasks, and keeps what there is of a result for the user',
    async (_verb, command, state, reason) => {
      const site = await atWork(3);
      expect(await site.user.run('lpad', command, '-i', '1')).toMatchObject({ code: 0 });
      expect(await keptReport(site)).toMatchObject({
        reason: expect.stringMatching(reason),
        report: { state: 'FIZZLED', checkpoint: { _task_n: 1, _all_stored_data: { energy: -1.5 } } },
      });
      expect(await site.user.ask('get_fws', '-i', '1', '-d', 'less')).toMatchObject({ state });
    },
    patiently,
  );

  it(
    'since a user deletes its Firework ends its tasks, and keeps what there is of a result',
    async () => {
      const site = await atWork(3);
      await site.user.run('lpad', 'delete_wflows', '-i', '1');
      expect(await keptReport(site)).toMatchObject({ reason: expect.stringMatching(/deleted/) });
      expect(await site.user.ask('get_fws')).toEqual([]);
    },
    patiently,
  );

  it(
    'since it was silent for too long, and its Firework was rerun, ends its tasks when it is back',
    async () => {
      const site = await atWork(3);
      const { user, running } = site;
      running.kill('SIGSTOP');
      const fizzled = () => user.ask('get_fws', '-s', 'FIZZLED', '-d', 'count');
      for (const end = Date.now() + 60_000; (await fizzled()) !== 1 && Date.now() < end; );
      expect(await user.run('lpad', 'rerun_fws', '-i', '1')).toMatchObject({ code: 0 });
      running.kill('SIGCONT');
      expect(await keptReport(site)).toMatchObject({ reason: expect.stringMatching(/rerun/) });
      expect(await user.ask('get_fws', '-s', 'READY', '-d', 'count')).toBe(1);
    },
    patiently,
  );
});
