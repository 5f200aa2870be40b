// ScriptTasks `true` in 1, 2 and 8 slots of one rlaunch, beside HyperQueue's local cluster with as many, in the same run.

import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alternate, seconds } from './rounds.mjs';
import { inSite, succeeded } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const count = 1000;
const rounds = 5;
const slotCounts = [1, 2, 8];

export async function tasks() {
  const environment = execFileSync(fileURLToPath(new URL('../python-env', import.meta.url)), ['hyperqueue']);
  const python = join(String(environment).trim(), 'bin', 'python');
  const measurements = slotCounts.flatMap((slots) => [
    [`tasks_per_second_${slots}`, () => rateOfSkyrocket(slots)],
    [`hyperqueue_per_second_${slots}`, () => rateOfHyperQueue(python, slots)],
  ]);
  const rates = await alternate(rounds, Object.fromEntries(measurements));
  const shares = slotCounts.map((slots) => [
    `tasks_over_hyperqueue_${slots}`,
    rates[`tasks_per_second_${slots}`] / rates[`hyperqueue_per_second_${slots}`],
  ]);
  return { ...rates, ...Object.fromEntries(shares) };
}

/** From the start of rlaunch to its end. */
function rateOfSkyrocket(slots) {
  return inSite(async (site) => {
    const document = loose(count, { _fw_name: 'ScriptTask', script: 'true' });
    for (const { spec } of document.fws) spec._resources = { cores: 1 };
    await site.run('lpad', 'add', site.write('tasks.json', toText(document, 'json')));
    return count / (await seconds(() => site.run('rlaunch', '-s', 'rapidfire', '--cores', String(slots))));
  });
}

/** From the submission of all tasks to the files of the last one: the cluster is up before. */
async function rateOfHyperQueue(python, slots) {
  const script = fileURLToPath(new URL('hyperqueue_side.py', import.meta.url));
  const printed = await succeeded(spawn(python, [script, String(count), String(slots)]));
  return count / Number(printed.trim().split('\n').at(-1));
}
