// Taking what 1,000 offline Launches have left in their directories, beside Python FireWorks.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { emptyAction } from '@skyrocket/model/action';
import { parseJson } from '@skyrocket/model/lossless-json';
import { offlineFileText, readOfflineFile } from '@skyrocket/model/offline-documents';
import { timestamp } from '@skyrocket/model/timestamp';
import { readWorkflowFile } from '@skyrocket/model/workflow-file';
import { prepareBatch } from '@skyrocket/worker/offline/preparing';
import { recoverOffline } from '@skyrocket/worker/offline/recovering';
import { pythonSays } from './fireworks-side.mjs';
import { inMongoSite, openDatabase, withMongod } from './mongo-site.mjs';
import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';

const runs = 1000;
const rounds = Number(process.env.ROUNDS ?? 3);

/** Workflows of one Firework, all of which have run in directories without their launchpad. */
async function runOffline(launchpad, directory) {
  const text = JSON.stringify({
    spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] },
    name: 'offline',
  });
  const { workflow } = readWorkflowFile({ text, format: 'json', source: 'offline.json' });
  await launchpad.addWorkflows({ workflows: Array.from({ length: runs }, () => workflow), key: 'add' });
  const fworker = { name: 'my first fireworker', category: '', query: new Map(), env: new Map() };
  const dirs = await prepareBatch({
    ...{ launchpad, fworker, directory, count: runs, order: 'any', blockFormat: '%Y-%m-%d-%H-%M-%S-%f' },
  });
  for (const dir of dirs) writeResult(dir);
}

/** What a worker would have written. */
function writeResult(dir) {
  const path = join(dir, 'FW_offline.json');
  const file = readOfflineFile(readFileSync(path, 'utf8'), path);
  const at = timestamp(Date.now());
  const storedData = parseJson('{"returncode": 0, "stdout": "done"}');
  const action = { ...emptyAction(), storedData };
  const ended = { state: 'COMPLETED', action, endedOn: at };
  writeFileSync(path, offlineFileText({ ...file, startedOn: at, ended }));
  writeFileSync(join(dir, 'FW_ping.json'), JSON.stringify({ ping_time: at }));
}

/** Seconds, and how many have come; a measurement that recovered something else is none. */
async function recovered(launchpad) {
  let found = 0;
  const taken = await seconds(async () => {
    found = (await recoverOffline({ launchpad, log: silentLog, fworker: null })).recovered.length;
  });
  if (found !== runs) throw new Error(`${found} of ${runs} runs were recovered`);
  return taken;
}

async function withLaunchPad(opened, work) {
  const launchpad = await opened;
  try {
    return await work(launchpad);
  } finally {
    await launchpad.close();
  }
}

const embedded = () =>
  inSite((site) =>
    withLaunchPad(
      openEmbeddedLaunchPad({ file: join(site.directory, 'launchpad.db'), log: silentLog }),
      async (launchpad) => {
        await runOffline(launchpad, site.directory);
        return recovered(launchpad);
      },
    ),
  );

const mongodb = (mongod) => () =>
  inMongoSite(mongod, (site, database) =>
    withLaunchPad(openDatabase(mongod, database), async (launchpad) => {
      await runOffline(launchpad, site.directory);
      return recovered(launchpad);
    }),
  );

/** The whole program, from its start to its end. */
const program = (mongod) => () =>
  inMongoSite(mongod, async (site, database) => {
    await withLaunchPad(openDatabase(mongod, database), (launchpad) => runOffline(launchpad, site.directory));
    return seconds(() => site.run('lpad', 'recover_offline'));
  });

/** FireWorks' own: the recovery alone, and the same run with the start of Python and of what it imports. */
function python(mongod) {
  let whole = 0;
  const alone = () =>
    inMongoSite(mongod, async ({ directory }, database) => {
      await pythonSays(mongod, database, 'reset', 0);
      await withLaunchPad(openDatabase(mongod, database), (launchpad) => runOffline(launchpad, directory));
      let taken = 0;
      whole = await seconds(async () => {
        taken = await pythonSays(mongod, database, 'recover', 0);
      });
      return taken;
    });
  return { alone, program: async () => whole };
}

/** Seconds for 1,000 runs. */
export function recover() {
  return withMongod([], async (mongod) => {
    const fireworks = python(mongod);
    const taken = await alternate(rounds, {
      embedded,
      mongodb: mongodb(mongod),
      python: fireworks.alone,
      program: program(mongod),
      pythonProgram: fireworks.program,
    });
    return {
      recover_1000_embedded_seconds: taken.embedded,
      recover_1000_mongodb_seconds: taken.mongodb,
      recover_1000_fireworks_seconds: taken.python,
      recover_1000_times_fireworks: taken.python / taken.mongodb,
      recover_1000_program_seconds: taken.program,
      recover_1000_fireworks_program_seconds: taken.pythonProgram,
      recover_1000_program_times_fireworks: taken.pythonProgram / taken.program,
    };
  });
}
