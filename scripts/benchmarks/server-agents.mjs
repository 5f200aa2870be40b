// Thousands of agents with leases against one server: each runs one Launch and sends a heartbeat a minute, as rlaunch does.

import { readdirSync, readlinkSync } from 'node:fs';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import { fworker, openLaunchPad } from './in-process.mjs';
import { cpuSeconds, residentMebibytes, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const heartbeatSeconds = 60;

export const agents = () => bear(2000, 300);
export const manyAgents = () => bear(10_000, 300);

function bear(count, duration) {
  return inSite(async (site) => {
    await site.run('lpad', 'add', site.write('work.json', toText(loose(count), 'json')));
    return whileServed(site, async (server) => {
      const token = await server.token('worker');
      const connect = () => httpLaunchPad({ url: server.url, token });
      const launches = await startAll(connect(), count);
      const before = cpuSeconds(server.pid);
      const seen = { mebibytes: 0, files: 0, milliseconds: [], failed: 0 };
      const watching = setInterval(() => {
        seen.mebibytes = Math.max(seen.mebibytes, residentMebibytes(server.pid));
        seen.files = Math.max(seen.files, databaseFiles(server.pid));
      }, 1000);
      await Promise.all(launches.map((launch) => live(connect(), launch, { duration, seen })));
      clearInterval(watching);
      const cpu = (cpuSeconds(server.pid) - before) / duration;
      const running = await countRunning(site);
      const sorted = seen.milliseconds.sort((a, b) => a - b);
      return {
        [`agents_${count}_lost_leases`]: count - running,
        [`agents_${count}_failed_heartbeats`]: seen.failed,
        [`agents_${count}_heartbeat_p50_ms`]: sorted[Math.floor(sorted.length / 2)],
        [`agents_${count}_heartbeat_p99_ms`]: sorted[Math.floor(sorted.length * 0.99)],
        [`agents_${count}_server_mib`]: seen.mebibytes,
        [`agents_${count}_server_share_of_a_core`]: cpu,
        [`agents_${count}_open_database_files`]: seen.files,
      };
    });
  });
}

/** Each agent registers, claims one Firework and starts it; some at a time, as jobs of a cluster begin. */
async function startAll(launchpad, count) {
  const started = [];
  let next = 0;
  const starter = async () => {
    while (next < count) {
      const agentId = `agent ${next++}`;
      const agent = { agentId, fworker, host: 'elsewhere', ip: '10.0.0.1' };
      await launchpad.registerAgent({ ...agent, pid: 1, processStart: '', journal: '', version: '0' });
      const { claims } = await launchpad.claim({
        key: `c ${agentId}`,
        ...agent,
        count: 1,
        order: 'any',
        withoutTasks: [],
      });
      const { launchId } = claims[0];
      await launchpad.start({
        key: `s ${agentId}`,
        ...agent,
        starts: [{ launchId, token: agentId, launchDir: '/l' }],
      });
      started.push({ agentId, launchId });
    }
  };
  await Promise.all(Array.from({ length: 32 }, starter));
  return started;
}

async function live(launchpad, { agentId, launchId }, { duration, seen }) {
  const end = performance.now() + duration * 1000;
  await pause(Math.random() * heartbeatSeconds);
  while (performance.now() < end) {
    const begun = performance.now();
    try {
      await launchpad.heartbeat({ agentId, pings: [{ launchId, token: agentId }] });
      seen.milliseconds.push(performance.now() - begun);
    } catch {
      seen.failed++;
    }
    await pause(Math.min(heartbeatSeconds, (end - performance.now()) / 1000));
  }
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, Math.max(0, seconds * 1000)));

async function countRunning(site) {
  const launchpad = await openLaunchPad(site);
  const { count } = await launchpad.findFireworks({
    filter: new Map([['state', 'RUNNING']]),
    fields: 'count',
  });
  await launchpad.close();
  return count;
}

/** Open files of a process that are not sockets or libraries; the database, its log and its index are three. */
function databaseFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).includes('launchpad.db');
    } catch {
      return false;
    }
  }).length;
}
