// The suite of the server: how it starts, how fast eight workers are through it, what a request adds, and how many agents it
// bears. Needs a build; the parts `mongodb` and `fireworks` also a mongod and Python.

import { inMongoSite, withMongod } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';
import { agents, manyAgents } from './server-agents.mjs';
import { latency } from './server-latency.mjs';
import { cpuSeconds, inClientSite, residentMebibytes, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';
import { addAll, programRate, pythonRate, singles } from './worker-rates.mjs';

const workers = 8;
const fireworks = Number(process.env.FIREWORKS ?? 4000);
const rounds = Number(process.env.ROUNDS ?? 3);

export const parts = { starting, embedded, mongodb, latency, agents, manyAgents };

/** From the start of a program to the moment when it can be used. */
async function starting() {
  return inSite(async (site) => {
    const { server_start_seconds } = await alternate(7, {
      server_start_seconds: () => whileServed(site, async ({ started }) => started),
    });
    return whileServed(site, async (server) => {
      const idle = residentMebibytes(server.pid);
      const programs = await inClientSite(server, 'worker', (client) =>
        alternate(9, {
          rlaunch_nothing_to_do_seconds: () => seconds(() => client.run('rlaunch', '-s', 'singleshot')),
          rlaunch_help_seconds: () => seconds(() => client.run('rlaunch', '-h')),
        }),
      );
      return { server_start_seconds, server_idle_mib: idle, ...programs };
    });
  });
}

/** Over a database file: beside the same workers on the file itself. */
function embedded() {
  return compared('embedded', {
    direct: () => inSite((site) => directRate(site)),
    served: () => inSite((site) => servedRate(site)),
  });
}

/** Over MongoDB: beside the same workers on MongoDB itself, and Python FireWorks on the same mongod. */
function mongodb() {
  return withMongod([], (mongod) =>
    compared('mongodb', {
      fireworks: async () => ({ rate: await pythonRate(mongod, { workers, fireworks: 800 }) }),
      direct: async () => ({ rate: await programRate(mongod, { workers, documents: singles(fireworks) }) }),
      served: () => inMongoSite(mongod, (site) => servedRate(site)),
    }),
  );
}

async function compared(store, measurements) {
  const server = [];
  const named = Object.fromEntries(
    Object.entries(measurements).map(([name, measure]) => [
      `${store}_${name}_per_second`,
      async () => {
        const { rate, cpuShare } = await measure();
        if (cpuShare !== undefined) server.push(cpuShare);
        return rate;
      },
    ]),
  );
  const rates = await alternate(rounds, named);
  const served = rates[`${store}_served_per_second`];
  const python = rates[`${store}_fireworks_per_second`];
  return {
    ...rates,
    [`${store}_served_share_of_direct`]: served / rates[`${store}_direct_per_second`],
    ...(python !== undefined && { [`${store}_served_times_fireworks`]: served / python }),
    [`${store}_server_share_of_a_core`]: Math.max(...server),
  };
}

async function directRate(site) {
  const count = await addAll(site, singles(fireworks));
  return { rate: count / (await seconds(() => runWorkers(site))) };
}

async function servedRate(site) {
  const count = await addAll(site, singles(fireworks));
  return whileServed(site, (server) =>
    inClientSite(server, 'worker', async (client) => {
      const before = cpuSeconds(server.pid);
      const took = await seconds(() => runWorkers(client));
      return { rate: count / took, cpuShare: (cpuSeconds(server.pid) - before) / took };
    }),
  );
}

const runWorkers = (site) =>
  Promise.all(Array.from({ length: workers }, () => site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0')));
