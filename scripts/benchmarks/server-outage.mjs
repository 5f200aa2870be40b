// What a server hears of fifty workers when it was away for two minutes, and is back: all wanted something of it at the moment
// when it went, so that whatever they do at the same time is seen.

import { createServer, request } from 'node:http';
import { join } from 'node:path';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import { startAgent } from '@skyrocket/worker/agent';
import { fworker } from './in-process.mjs';
import { whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';

const workers = 50;
const awaySeconds = 120;
/** The longest pause between two attempts is half a minute. */
const returnSeconds = 45;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export function outage() {
  return inSite((site) =>
    whileServed(site, async (server) => {
      const line = await cuttableLine(server.url);
      const token = await server.token('worker');
      const options = { fworker, log: silent, pingSeconds: 3600, job: null };
      const agents = await Promise.all(
        Array.from({ length: workers }, (_, index) =>
          startAgent({
            ...options,
            launchpad: httpLaunchPad({ url: line.url, token }),
            spool: join(site.directory, `spool-${index}`),
          }),
        ),
      );
      line.cut();
      const claim = { count: 1, order: 'any', withoutTasks: [] };
      const claimed = agents.map((agent) => agent.claim(claim, new AbortController().signal));
      await pause(awaySeconds);
      line.mend();
      await Promise.all(claimed);
      await pause(returnSeconds);
      const figures = told(line.asked, line.mendedAt());
      for (const agent of agents) await agent.stop('sign-off');
      line.close();
      return figures;
    }),
  );
}

/** Moments in seconds: when each attempt came, and whether the server heard it. */
function told(asked, mendedAt) {
  const whileAway = asked.filter(({ at }) => at < mendedAt).map(({ at }) => at);
  const back = asked.filter(({ at }) => at >= mendedAt).map(({ at }) => at - mendedAt);
  const lastMinute = whileAway.filter((at) => at >= mendedAt - 60);
  const claims = asked.filter(({ at, path }) => at >= mendedAt && path.endsWith('/claim'));
  const firsts = claims.map(({ at }) => at - mendedAt).sort((a, b) => a - b);
  return {
    outage_requests_of_a_worker: whileAway.length / workers,
    outage_last_minute_requests_a_second: lastMinute.length / 60,
    outage_last_minute_most_in_a_second: mostInASecond(lastMinute),
    return_requests: back.length,
    return_most_in_a_second: mostInASecond(back),
    return_first_worker_seconds: firsts[0],
    return_median_worker_seconds: firsts[Math.floor(firsts.length / 2)],
    return_last_worker_seconds: firsts.at(-1),
  };
}

function mostInASecond(moments) {
  const sorted = [...moments].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  for (const [index, at] of sorted.entries()) {
    while (at - sorted[first] >= 1) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** Passes requests on, and notes them; while it is cut nothing answers. */
async function cuttableLine(target) {
  const asked = [];
  const now = () => performance.now() / 1000;
  let isCut = false;
  let mendedAt = 0;
  const proxy = createServer((incoming, outgoing) => {
    asked.push({ at: now(), path: incoming.url });
    if (isCut) return incoming.socket.destroy();
    const { method, headers } = incoming;
    const passed = request(new URL(incoming.url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => incoming.socket.destroy());
    incoming.pipe(passed);
  });
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    asked,
    cut() {
      isCut = true;
      asked.length = 0;
    },
    mend() {
      isCut = false;
      mendedAt = now();
    },
    mendedAt: () => mendedAt,
    close() {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
