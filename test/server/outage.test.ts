import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { patiently, type Running, type Site, until } from '../programs/site.ts';
import { forgetfulProxy } from './forgetful-proxy.ts';
import { servedSite } from './served-site.ts';

const fireworks = 50;
const slots = 25;
const leaseSeconds = 4;

/** A task that tells a ledger that it began, waits for a sign, and asks for something that adds up. */
function waiting(id: number, sign: string): string {
  const action = {
    stored_data: {},
    exit: false,
    update_spec: {},
    mod_spec: [{ _inc: { count: 1 } }, { _push: { done: id } }],
    additions: [],
    detours: [],
    defuse_children: false,
  };
  return `echo "$PWD" >> ../ledger; until test -e ${sign}; do sleep 0.2; done; echo '${JSON.stringify(action)}' > FWAction.json`;
}

/** So many Fireworks that wait for a sign, and one below them all that runs whatever became of them. */
function campaign(count: number, sign: string): string {
  const ids = Array.from({ length: count }, (_, i) => i + 1);
  const last = count + 1;
  const task = (script: string) => ({ _fw_name: 'ScriptTask', script });
  return JSON.stringify({
    name: 'campaign',
    metadata: {},
    fws: [
      ...ids.map((fw_id) => ({ fw_id, name: 'count', spec: { _tasks: [task(waiting(fw_id, sign))] } })),
      { fw_id: last, name: 'sum', spec: { _allow_fizzled_parents: true, count: 0, _tasks: [task('true')] } },
    ],
    links: Object.fromEntries(ids.map((fw_id) => [fw_id, [last]])),
  });
}

interface Shown {
  name: string;
  state: string;
  spec: { count: number; done?: number[] };
  launches: { launch_dir: string; state: string }[];
  archived_launches?: unknown[];
}

async function expectAllOnce(user: Site, ledger: string[], count: number): Promise<void> {
  const shown = (await user.ask('get_fws', '-d', 'all')) as Shown[];
  expect(new Set(shown.map(({ state }) => state))).toEqual(new Set(['COMPLETED']));
  expect(shown.flatMap(({ archived_launches = [] }) => archived_launches)).toEqual([]);
  expect(new Set(ledger).size).toBe(ledger.length);
  expect(ledger).toHaveLength(count);
  const sum = shown.find(({ name }) => name === 'sum');
  expect(sum?.spec.count).toBe(count);
  expect(new Set(sum?.spec.done).size).toBe(count);
}

async function untilState(user: Site, id: number, state: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    const shown = (await user.ask('get_fws', '-i', String(id), '-d', 'less')) as { state: string };
    if (shown.state === state) return;
  }
  throw new Error(`waited in vain until Firework ${id} is ${state}`);
}

const attempts = ({ log }: Running) => log().match(/heartbeat: .*does not answer/g)?.length ?? 0;

/** Requests that the server has answered, by operation. */
async function requestsAnswered(url: string, secret: string): Promise<number> {
  const page = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${secret}` } });
  const counts = (await page.text()).matchAll(/^skyrocket_request_seconds_count\{.*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('while the server is gone', () => {
  it(
    'running tasks go on, what they did is told when it is back, and no Launch is lost or run twice',
    async () => {
      const served = await servedSite(leaseSeconds);
      const user = await served.client('user');
      const worker = await served.client('worker');
      const sign = join(worker.directory, 'go');
      expect(
        await user.run('lpad', 'add', user.write('campaign.json', campaign(fireworks, sign))),
      ).toMatchObject({ code: 0 });
      const workers = [1, 2].map(() => worker.start('rlaunch', 'multi', String(slots), '--timeout', '240'));
      await until(() => worker.lines('ledger').length === fireworks, 'all Fireworks run');

      await served.kill();
      // Silence for longer than a lease.
      await until(() => workers.every((one) => attempts(one) >= 4), 'heartbeats have failed');
      worker.write('go', '');
      await until(
        () => workers.every((one) => /reporting: .*does not answer/.test(one.log())),
        'reports wait',
      );
      await served.restart();
      for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
      await expectAllOnce(
        user,
        worker.lines('ledger').map((line) => basename(line)),
        fireworks,
      );

      // No storm: as many requests as such a campaign takes without an outage, within reason.
      const secret = readFileSync(join(user.directory, 'token'), 'utf8').trim();
      expect(await requestsAnswered(served.url, secret)).toBeLessThan(4 * fireworks);
    },
    patiently,
  );
});

describe('a worker that dies', () => {
  it(
    'is noticed within two lease periods, and what it ran is FIZZLED with the reason',
    async () => {
      const served = await servedSite(leaseSeconds);
      const user = await served.client('user');
      const worker = await served.client('worker');
      expect(await user.run('lpad', 'add', user.write('one.json', campaign(1, '/nowhere')))).toMatchObject({
        code: 0,
      });
      const dying = worker.start('rlaunch', 'rapidfire', '--nlaunches', '1');
      await until(() => worker.lines('ledger').length === 1, 'it runs');
      dying.kill('SIGKILL');
      await dying.ended;
      await untilState(user, 1, 'FIZZLED');
      const told = JSON.stringify(await user.ask('get_fws', '-i', '1', '-d', 'all'));
      const [, seconds] = /was not heard of for (\d+) seconds/.exec(told) ?? [];
      expect(Number(seconds)).toBeGreaterThanOrEqual(leaseSeconds);
      expect(Number(seconds)).toBeLessThanOrEqual(2 * leaseSeconds);
    },
    patiently,
  );

  it(
    'and comes back when its Firework was started again is refused; what it tells is kept beside its launch directory',
    async () => {
      const served = await servedSite(leaseSeconds);
      const user = await served.client('user');
      const [late, next] = [await served.client('worker'), await served.client('worker')];
      const sign = join(late.directory, 'go');
      expect(await user.run('lpad', 'add', user.write('one.json', campaign(1, sign)))).toMatchObject({
        code: 0,
      });
      const stopped = late.start('rlaunch', 'rapidfire', '--nlaunches', '1');
      await until(() => late.lines('ledger').length === 1, 'it runs');
      stopped.kill('SIGSTOP');
      await untilState(user, 1, 'FIZZLED');
      await user.run('lpad', 'rerun_fws', '-i', '1');
      late.write('go', '');
      expect(await next.run('rlaunch', 'rapidfire')).toMatchObject({ code: 0 });

      stopped.kill('SIGCONT');
      const { stderr } = await stopped.ended;
      const [, path = ''] = /is kept in (\S+)/.exec(stderr) ?? [];
      expect(basename(path)).toMatch(/^refused_report_\d+\.json$/);
      expect(existsSync(path)).toBe(true);
      const shown = (await user.ask('get_fws', '-d', 'all')) as Shown[];
      expect(shown.map(({ name, state }) => [name, state])).toEqual([
        ['count', 'COMPLETED'],
        ['sum', 'COMPLETED'],
      ]);
      expect(shown.find(({ name }) => name === 'sum')?.spec.count).toBe(1);
    },
    patiently,
  );
});

describe('where answers of the server are lost', () => {
  it(
    'each Firework is started and its result applied once all the same',
    async () => {
      const served = await servedSite(60);
      const proxy = await forgetfulProxy(served.url, (_path, index) => index > 5 && index % 4 === 3);
      const user = await served.client('user');
      const worker = await served.client('worker', proxy.url);
      const count = 20;
      worker.write('go', '');
      const file = user.write('campaign.json', campaign(count, join(worker.directory, 'go')));
      expect(await user.run('lpad', 'add', file)).toMatchObject({ code: 0 });
      const { code } = await worker.run('rlaunch', 'rapidfire', '--nlaunches', '0', '--sleep', '1');
      expect(code).toBe(0);
      expect(proxy.lost()).toBeGreaterThan(2);
      await expectAllOnce(
        user,
        worker.lines('ledger').map((line) => basename(line)),
        count,
      );
    },
    patiently,
  );
});
