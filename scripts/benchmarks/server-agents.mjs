// Thousands of agents with leases against one server: what it takes to keep all leases.

import { readdirSync, readlinkSync } from 'node:fs';
import { httpLaunchPad } from '@skyrocket/client/http-launchpad';
import { MongoClient } from 'mongodb';
import { commandCount, inMongoSite, withMongod } from './mongo-site.mjs';
import { quantile } from './rounds.mjs';
import { cpuSeconds, residentMebibytes, whileServed } from './server-site.mjs';
import { bringToLife } from './simulated-agents.mjs';
import { inSite } from './site.mjs';
import { addAll, singles } from './worker-rates.mjs';

/** From when all agents are there. */
const seconds = Number(process.env.SECONDS ?? 300);

export const agents = () => overMongodb(2000);
export const manyAgents = () => overMongodb(10_000);
export const embeddedAgents = () =>
  inSite((site) =>
    bear(site, 'agents_2000_embedded', {
      count: 2000,
      handles: async (pid) => ({ database_files: databaseFiles(pid) }),
      commands: null,
    }),
  );

function overMongodb(count) {
  return withMongod([], async (mongod) => {
    const client = await MongoClient.connect(mongod.uri);
    const handles = async () => ({ database_connections: (await connectionsNow(client)) - beside });
    const beside = await connectionsNow(client);
    const measured = inMongoSite(mongod, (site) =>
      bear(site, `agents_${count}_mongodb`, { count, handles, commands: () => commandCount(client) }),
    );
    return measured.finally(() => client.close());
  });
}

async function connectionsNow(client) {
  const { connections } = await client.db('admin').command({ serverStatus: 1 });
  return connections.current;
}

/** `handles`: by which the server is in touch with its database. `commands`: how many the database has carried out. */
async function bear(site, name, { count, handles, commands }) {
  await addAll(site, singles(count));
  return whileServed(site, async (server) => {
    const token = await server.token('worker');
    const life = await bringToLife(() => httpLaunchPad({ url: server.url, token }), count);
    const [cpu, carriedOut] = [cpuSeconds(server.pid), await commands?.()];
    life.hearts.milliseconds.length = 0;
    const samples = await sampled(async () => ({
      server_mib: residentMebibytes(server.pid),
      ...(await handles(server.pid)),
    }));
    const { milliseconds, failed } = life.hearts;
    const heartbeats = milliseconds.length;
    const figures = {
      lost_leases: count - (await countRunning(site)),
      failed_heartbeats: failed,
      heartbeats_per_second: heartbeats / seconds,
      heartbeat_p50_ms: quantile(milliseconds, 0.5),
      heartbeat_p99_ms: quantile(milliseconds, 0.99),
      server_mib_at_start: samples.at(0).server_mib,
      server_mib_at_half: samples[Math.floor(samples.length / 2)].server_mib,
      server_mib_at_end: samples.at(-1).server_mib,
      ...largestOf(samples),
      server_share_of_a_core: (cpuSeconds(server.pid) - cpu) / seconds,
      ...(commands && { commands_per_heartbeat: ((await commands()) - carriedOut) / heartbeats }),
    };
    life.stop();
    return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${name}_${figure}`, value]));
  });
}

/** Looks every second until the time is over. */
async function sampled(look) {
  const samples = [await look()];
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    samples.push(await look());
  }
  return samples;
}

const largestOf = (samples) =>
  Object.fromEntries(
    Object.keys(samples[0]).map((name) => [`most_${name}`, Math.max(...samples.map((one) => one[name]))]),
  );

async function countRunning(site) {
  return Number(await site.run('lpad', 'get_fws', '-s', 'RUNNING', '-d', 'count'));
}

/** Open files of a process that are the database's: the file, its log and its index are three. */
function databaseFiles(pid) {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).includes('launchpad.db');
    } catch {
      return false;
    }
  }).length;
}
