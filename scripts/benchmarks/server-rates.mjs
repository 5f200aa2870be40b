// Eight worker processes and Fireworks that do nothing, through a server and beside it.

import { readFileSync } from 'node:fs';
import { inMongoSite, withMongod } from './mongo-site.mjs';
import { median, seconds } from './rounds.mjs';
import { cpuSeconds, inClientSite, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';
import { addAll, pythonRate, singles } from './worker-rates.mjs';

const workers = 8;
const fireworks = Number(process.env.FIREWORKS ?? 20_000);
const pythonFireworks = 600;
const rounds = Number(process.env.ROUNDS ?? 3);

/** Over a database file: beside the same workers on the file itself. */
export function embedded() {
  return compared('embedded', {
    direct: () => inSite((site) => directly(site, {})),
    served: () => inSite((site) => served(site, {})),
  });
}

/** Over MongoDB: beside the same workers on MongoDB itself, and Python FireWorks on the same mongod. */
export function mongodb() {
  return withMongod([], ({ pid, ...mongod }) =>
    compared('mongodb', {
      fireworks: async () => ({
        per_second: await pythonRate(mongod, { workers, fireworks: pythonFireworks }),
      }),
      direct: () => inMongoSite(mongod, (site) => directly(site, { mongod: pid })),
      served: () => inMongoSite(mongod, (site) => served(site, { mongod: pid })),
    }),
  );
}

/** The kinds take turns, so often; gives the medians of their figures. */
async function compared(store, kinds) {
  const seen = {};
  for (let round = 0; round < rounds; round++) {
    for (const [kind, measure] of Object.entries(kinds)) {
      for (const [name, value] of Object.entries(await measure())) {
        const figure = `${store}_${kind}_${name}`;
        seen[figure] = [...(seen[figure] ?? []), value];
      }
    }
  }
  const figures = Object.fromEntries(Object.entries(seen).map(([name, values]) => [name, median(values)]));
  const rate = (kind) => figures[`${store}_${kind}_per_second`];
  return {
    ...figures,
    [`${store}_served_over_direct`]: rate('served') / rate('direct'),
    ...('fireworks' in kinds && { [`${store}_served_times_fireworks`]: rate('served') / rate('fireworks') }),
  };
}

async function directly(site, processes) {
  await addAll(site, singles(fireworks));
  return ran(site, site, processes);
}

async function served(site, processes) {
  await addAll(site, singles(fireworks));
  return whileServed(site, (server) =>
    inClientSite(server, 'worker', (client) => ran(site, client, { ...processes, server: server.pid })),
  );
}

/**
 * `per_second`: from the first claim to the last report, by the launchpad's clock, as Python FireWorks' loop is measured
 * without the start of its programs; `programs_per_second`: from the start of the programs to their end.
 */
async function ran(site, workerSite, processes) {
  const before = cpuOf(processes);
  const programs = await seconds(() =>
    Promise.all(
      Array.from({ length: workers }, () => workerSite.run('rlaunch', '-s', 'rapidfire', '--sleep', '0')),
    ),
  );
  const used = Object.entries(cpuOf(processes)).map(([name, cpu]) => [
    `${name}_cpu_ms_each`,
    (1000 * (cpu - before[name])) / fireworks,
  ]);
  return {
    per_second: fireworks / (await secondsFromClaimToReport(site)),
    programs_per_second: fireworks / programs,
    ...Object.fromEntries(used),
  };
}

/** Seconds of processor time, also of the workers that have ended. */
function cpuOf(processes) {
  const named = Object.entries(processes).map(([name, pid]) => [name, cpuSeconds(pid)]);
  return { workers: cpuOfChildren(), ...Object.fromEntries(named) };
}

function cpuOfChildren() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

async function secondsFromClaimToReport(site) {
  const first = await fireworkShown(site, '-i', '1', '-d', 'all');
  const last = await fireworkShown(site, '--rsort', 'updated_on', '-m', '1', '-d', 'less');
  const launches = [...first.launches, ...(first.archived_launches ?? [])];
  const claims = launches.map(({ state_history }) => Date.parse(state_history[0].created_on));
  return (Date.parse(last.updated_on) - Math.min(...claims)) / 1000;
}

async function fireworkShown(site, ...words) {
  const shown = JSON.parse(await site.run('lpad', 'get_fws', ...words));
  return Array.isArray(shown) ? shown[0] : shown;
}
