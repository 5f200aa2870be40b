// What a server adds to a claim and a report, at several rates of requests: the same calls over HTTP and in process. The
// start between the two is a request too, but its time is not told.

import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import { emptyAction } from '@skyrocket/model/action';
import { timestamp } from '@skyrocket/model/timestamp';
import { fworker, openLaunchPad } from './in-process.mjs';
import { quantile } from './rounds.mjs';
import { cpuSeconds, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

/** A claim, a start and a report. */
const requestsEach = 3;

/** Requests a second, and for how many seconds. */
const loads = [
  { rate: 1, duration: 30 },
  { rate: 100, duration: 10 },
  { rate: 1000, duration: 5 },
];

export async function latency() {
  const figures = {};
  for (const load of loads) {
    const direct = await inSite(async (site) => {
      await addEnough(site, load);
      const launchpad = await openLaunchPad(site);
      return measured(launchpad, load).finally(() => launchpad.close());
    });
    const served = await inSite(async (site) => {
      await addEnough(site, load);
      return whileServed(site, async (server) => {
        const launchpad = httpLaunchPad({ url: server.url, token: await server.token('worker') });
        const before = cpuSeconds(server.pid);
        const taken = await measured(launchpad, load);
        return { ...taken, cpu: (cpuSeconds(server.pid) - before) / (load.rate * load.duration) };
      });
    });
    figures[`failed_at_${load.rate}`] = direct.failed + served.failed;
    figures[`server_cpu_ms_each_at_${load.rate}`] = 1000 * served.cpu;
    for (const [name, share] of [
      ['p50', 0.5],
      ['p99', 0.99],
    ]) {
      figures[`${name}_ms_at_${load.rate}_direct`] = quantile(direct.milliseconds, share);
      figures[`${name}_ms_at_${load.rate}_served`] = quantile(served.milliseconds, share);
      figures[`${name}_ms_at_${load.rate}_added`] =
        figures[`${name}_ms_at_${load.rate}_served`] - figures[`${name}_ms_at_${load.rate}_direct`];
    }
  }
  return figures;
}

async function addEnough(site, { rate, duration }) {
  const count = Math.ceil((rate * duration) / requestsEach) + 10;
  await site.run('lpad', 'add', site.write('work.json', toText(loose(count), 'json')));
}

const agent = { agentId: 'measured', fworker, host: 'here', ip: '127.0.0.1' };

/** Milliseconds of each claim and report; they begin when they are due, whether those before are answered or not. */
async function measured(launchpad, { rate, duration }) {
  await launchpad.registerAgent({ ...agent, pid: process.pid, processStart: '', journal: '', version: '0' });
  const { uuid } = await launchpad.identity();
  const lives = Math.floor((rate * duration) / requestsEach);
  await claimAndReport(launchpad, uuid, 'warm');
  const begun = performance.now();
  const taken = await Promise.all(
    Array.from({ length: lives }, async (_, i) => {
      const due = begun + (i * 1000 * requestsEach) / rate;
      await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
      // Under more load than it bears a server ends connections; a worker tries again later.
      return claimAndReport(launchpad, uuid, `life ${i}`).catch(() => []);
    }),
  );
  return { milliseconds: taken.flat(), failed: taken.filter((life) => life.length === 0).length };
}

async function claimAndReport(launchpad, uuid, key) {
  const begun = performance.now();
  const { claims } = await launchpad.claim({
    key: `claim ${key}`,
    ...agent,
    count: 1,
    order: 'any',
    withoutTasks: [],
  });
  const claimed = performance.now();
  const { launchId } = claims[0];
  await launchpad.start({
    key: `start ${key}`,
    ...agent,
    starts: [{ launchId, token: key, launchDir: '/launch' }],
  });
  const started = performance.now();
  const report = { launchpad: uuid, launchId, token: key, state: 'COMPLETED', action: emptyAction() };
  await launchpad.report({ key: `report ${key}`, reports: [{ ...report, endedOn: timestamp(Date.now()) }] });
  return [claimed - begun, performance.now() - started];
}
