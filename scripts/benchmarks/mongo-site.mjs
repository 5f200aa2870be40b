// A mongod of a measurement's own, and sites whose launchpad is a new database of it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@skyrocket/contract/log';
import { openMongoLaunchPad } from '@skyrocket/launchpad/open-mongodb';
import { inSite } from './site.mjs';

const starter = fileURLToPath(new URL('../mongod', import.meta.url));

/** Starts a mongod for one part. */
export async function withMongod(options, work) {
  const child = spawn(starter, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout })) return await work(JSON.parse(line));
    throw new Error('no mongod could be started');
  } finally {
    child.stdin.end();
    await ended;
  }
}

let databases = 0;

export const newDatabase = () => `bench${++databases}`;

/** A site whose my_launchpad.yaml names a new database. */
export function inMongoSite(mongod, work) {
  const database = newDatabase();
  return inSite(async (site) => {
    site.write('my_launchpad.yaml', `host: "${mongod.uri}"\nuri_mode: true\nname: ${database}\n`);
    return work(site, database);
  });
}

/** The launchpad in a database, inside this process. */
export function openDatabase(mongod, database) {
  const place = {
    ...{ host: mongod.uri, port: 0, name: database, uriMode: true },
    ...{ username: null, password: null, authSource: null, clientOptions: new Map() },
    ...{ userIndices: [], workflowUserIndices: [] },
  };
  return openMongoLaunchPad({ place, log: silentLog });
}

/** How many commands a mongod has carried out. Those of this client and of the driver's monitoring are left out. */
export async function commandCount(client) {
  const { metrics } = await client.db('admin').command({ serverStatus: 1 });
  const aside = new Set(['serverStatus', 'hello', 'isMaster', 'ping', 'endSessions', 'buildInfo']);
  const counted = Object.entries(metrics.commands).filter(([name]) => !aside.has(name));
  return counted.reduce((sum, [, one]) => sum + Number(one?.total ?? 0), 0);
}
