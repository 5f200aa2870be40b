// Python FireWorks and Skyrocket on one mongod, in turn: `bench compare`. Rates are of whole programs that run Fireworks
// which do nothing, each with its launch directory and FW.json; FireWorks' are of its own loop inside a running Python.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { alternate, seconds } from './rounds.mjs';
import { inSite, succeeded } from './site.mjs';
import { chain, fanIn, fanOut, loose, toText } from './workflows.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rounds = Number(process.env.ROUNDS ?? 5);
const pythonFireworks = 200;
const fireworks = 4000;

export const parts = {
  one: () => withMongod([], (mongod) => rates(mongod, { workers: 1, prefix: 'one_worker' })),
  eight: () => withMongod([], (mongod) => rates(mongod, { workers: 8, prefix: 'eight_workers' })),
  replica: () =>
    withMongod(['--replica-set'], (mongod) => rates(mongod, { workers: 1, prefix: 'replica_set' })),
  commands: () => withMongod([], commands),
  root: () => withMongod([], completingRoot),
  together: () => withMongod([], together),
  sizes: () => withMongod([], sizes),
  adding: () => withMongod([], adding),
};

/** Starts a mongod for one part. */
export async function withMongod(options, work) {
  const starter = spawn(join(root, 'scripts/mongod'), options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => starter.once('exit', resolve));
  try {
    for await (const line of createInterface({ input: starter.stdout })) return await work(JSON.parse(line));
  } finally {
    starter.stdin.end();
    await ended;
  }
}

let databases = 0;

/** A site whose my_launchpad.yaml names a new database. */
export function inMongoSite(mongod, work) {
  const database = `bench${++databases}`;
  return inSite(async (site) => {
    site.write('my_launchpad.yaml', `host: "${mongod.uri}"\nuri_mode: true\nname: ${database}\n`);
    return work(site, database);
  });
}

async function rates(mongod, { workers, prefix }) {
  const measured = await alternate(rounds, {
    fireworks: () => pythonRate(mongod, workers),
    skyrocket: () => skyrocketRate(mongod, { workers, documents: singles(fireworks) }),
  });
  return {
    [`${prefix}_fireworks_per_second`]: measured.fireworks,
    [`${prefix}_skyrocket_per_second`]: measured.skyrocket,
    [`${prefix}_times`]: measured.skyrocket / measured.fireworks,
  };
}

export const singles = (count) => Array.from({ length: count }, () => loose(1));

function pythonOf() {
  const made = spawnSync(join(root, 'scripts/python-env'), ['fireworks'], { encoding: 'utf8' });
  return join(made.stdout.trim(), 'bin', 'python');
}

async function pythonSays(mongod, ...words) {
  const script = fileURLToPath(new URL('fireworks_side.py', import.meta.url));
  const child = spawn(pythonOf(), [script, mongod.uri, ...words.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = await succeeded(child);
  return Number(/^seconds (.*)$/m.exec(printed)?.[1]);
}

export async function pythonRate(mongod, workers) {
  const database = `python${++databases}`;
  const count = pythonFireworks * Math.min(workers, 4);
  await pythonSays(mongod, database, 'reset', 0);
  await pythonSays(mongod, database, 'add', count);
  const all = await Promise.all(
    Array.from({ length: workers }, () => pythonSays(mongod, database, 'run', 0)),
  );
  return count / Math.max(...all);
}

export function skyrocketRate(mongod, { workers, documents }) {
  return inMongoSite(mongod, async (site) => {
    const count = await addAll(site, documents);
    const run = () => site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0');
    return count / (await seconds(() => Promise.all(Array.from({ length: workers }, run))));
  });
}

/** @returns how many Fireworks were added */
export async function addAll(site, documents) {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-bench-files-'));
  try {
    const names = documents.map((document, index) => {
      const name = join(folder, `${index}.json`);
      writeFileSync(name, toText(document, 'json'));
      return name;
    });
    await site.run('lpad', 'add', ...names);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return documents.reduce((sum, document) => sum + document.fws.length, 0);
}

/** Commands of the server for each Firework, by its own counters. */
async function commands(mongod) {
  const busy = await commandsFor(mongod, singles(2000));
  const alone = await commandsFor(mongod, [chain(200)]);
  return { commands_per_firework_busy: busy, commands_per_firework_one_at_a_time: alone };
}

function commandsFor(mongod, documents) {
  return inMongoSite(mongod, async (site) => {
    const count = await addAll(site, documents);
    const client = await MongoClient.connect(mongod.uri);
    const before = await commandCount(client);
    await site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0');
    const after = await commandCount(client);
    await client.close();
    return (after - before) / count;
  });
}

/** Those of this client and of the driver's monitoring are left out. */
async function commandCount(client) {
  const { metrics } = await client.db('admin').command({ serverStatus: 1 });
  const aside = new Set(['serverStatus', 'hello', 'isMaster', 'ping', 'endSessions', 'buildInfo']);
  const counted = Object.entries(metrics.commands).filter(([name]) => !aside.has(name));
  return counted.reduce((sum, [, one]) => sum + Number(one?.total ?? 0), 0);
}

/** Completing one Firework that frees 3,000 others. */
async function completingRoot(mongod) {
  const size = 3000;
  const measured = await alternate(Math.min(rounds, 3), {
    fireworks: async () => {
      const database = `python${++databases}`;
      await pythonSays(mongod, database, 'reset', 0);
      return pythonSays(mongod, database, 'root', size);
    },
    skyrocket: () => inMongoSite(mongod, (_, database) => secondsOfRoot(mongod, database, size)),
  });
  return {
    root_fireworks_seconds: measured.fireworks,
    root_skyrocket_seconds: measured.skyrocket,
    root_times: measured.fireworks / measured.skyrocket,
  };
}

async function secondsOfRoot(mongod, database, size) {
  const { openMongoLaunchPad } = await import('@skyrocket/launchpad/open-mongodb');
  const { silentLog } = await import('@skyrocket/contract/log');
  const { emptyAction } = await import('@skyrocket/model/action');
  const { timestamp } = await import('@skyrocket/model/timestamp');
  const { toWorkflow } = await import('./workflows.mjs');
  const nobody = { username: null, password: null, authSource: null, clientOptions: new Map() };
  const place = {
    host: mongod.uri,
    port: 0,
    name: database,
    uriMode: true,
    ...nobody,
    userIndices: [],
    workflowUserIndices: [],
  };
  const launchpad = await openMongoLaunchPad({ place, log: silentLog });
  const fworker = { name: 'measured', category: '', query: new Map(), env: new Map() };
  const agent = { agentId: 'a', fworker, host: 'h', ip: 'i' };
  await launchpad.registerAgent({ ...agent, pid: 1, processStart: '', journal: '', version: '' });
  await launchpad.addWorkflows({ key: 'add', workflows: [toWorkflow(fanOut(size + 1))] });
  const { claims } = await launchpad.claim({
    key: 'claim',
    ...agent,
    count: 1,
    order: 'any',
    withoutTasks: [],
  });
  const { launchId } = claims[0];
  await launchpad.start({ key: 'start', ...agent, starts: [{ launchId, token: 't', launchDir: '/d' }] });
  const { uuid } = await launchpad.identity();
  const report = {
    launchpad: uuid,
    launchId,
    token: 't',
    state: 'COMPLETED',
    action: emptyAction(),
    endedOn: timestamp(Date.now()),
  };
  const taken = await seconds(() => launchpad.report({ key: 'report', reports: [report] }));
  await launchpad.close();
  return taken;
}

/** Eight workers in one Workflow, and in as many Workflows as there are Fireworks. */
async function together(mongod) {
  const count = 2000;
  const measured = await alternate(rounds, {
    one_workflow_per_second: () => skyrocketRate(mongod, { workers: 8, documents: [loose(count)] }),
    separate_workflows_per_second: () => skyrocketRate(mongod, { workers: 8, documents: singles(count) }),
  });
  return {
    ...measured,
    one_workflow_share: measured.one_workflow_per_second / measured.separate_workflows_per_second,
  };
}

/** What a Firework costs in Workflows of 10, 1,000 and 10,000. */
async function sizes(mongod) {
  const figures = {};
  for (const [shape, make] of Object.entries({ fan_out: fanOut, fan_in: fanIn, chain })) {
    for (const [count, size] of [
      [100, 10],
      [3, 1000],
      [1, 10_000],
    ]) {
      const documents = Array.from({ length: count }, () => make(size));
      const rate = await skyrocketRate(mongod, { workers: 1, documents });
      figures[`${shape}_of_${size}_ms_each`] = 1000 / rate;
    }
  }
  return figures;
}

async function adding(mongod) {
  const count = 10_000;
  const skyrocket = await inMongoSite(mongod, (site) => seconds(() => addAll(site, singles(count))));
  const database = `python${++databases}`;
  await pythonSays(mongod, database, 'reset', 0);
  const python = await pythonSays(mongod, database, 'add', 1000);
  return { adding_skyrocket_per_second: count / skyrocket, adding_fireworks_per_second: 1000 / python };
}
