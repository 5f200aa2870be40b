// ScriptTasks `true` in 1, 2 and 8 slots of one rlaunch, beside HyperQueue's local cluster with as many, in the same run. Both run
// `/bin/sh -c true`, as often. HyperQueue by default writes two files for what a task prints, which ScriptTask does not; so it
// is measured both with them (its default) and without; we make a directory for each Launch, and keep its result durably.
//
// Steady: with programs and clusters up, from the first task to the end of the last one. Program: the whole program from its
// start to its end, in which HyperQueue also submits the tasks; `lpad add`, which is that of ours, is the program before.

import { execFileSync, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { secondsBetween } from '@skyrocket/model/timestamp';
import { alternate, seconds } from './rounds.mjs';
import { scratchDirectory } from './scratch.mjs';
import { inSite, succeeded } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const count = Number(process.env.FIREWORKS ?? 3000);
const rounds = Number(process.env.ROUNDS ?? 3);
const slotCounts = [1, 2, 8];

export async function tasks() {
  const measurements = slotCounts.flatMap((slots) =>
    Object.entries(sides()).map(([name, rate]) => [`${name}_per_second_${slots}`, () => rate(slots)]),
  );
  const rates = await alternate(rounds, Object.fromEntries(measurements));
  const over = (slots, ours, theirs) =>
    rates[`${ours}_per_second_${slots}`] / rates[`${theirs}_per_second_${slots}`];
  const shares = slotCounts.flatMap((slots) => [
    [`tasks_over_hyperqueue_${slots}`, over(slots, 'tasks', 'hyperqueue')],
    [`tasks_over_hyperqueue_without_files_${slots}`, over(slots, 'tasks', 'hyperqueue_without_files')],
    [`tasks_program_over_hyperqueue_${slots}`, over(slots, 'tasks_program', 'hyperqueue_program')],
    [`tasks_with_add_over_hyperqueue_${slots}`, over(slots, 'tasks_with_add', 'hyperqueue_program')],
  ]);
  return { ...rates, ...Object.fromEntries(shares) };
}

/** What each measures, in this order: one run of ours gives three figures. */
function sides() {
  let last = null;
  const part = (seconds) => async () => count / seconds(last);
  return {
    tasks: async (slots) => {
      last = await ran(slots);
      return count / last.steady;
    },
    tasks_program: part(({ program }) => program),
    tasks_with_add: part(({ adding, program }) => adding + program),
    hyperqueue: (slots) => rateOfHyperQueue(slots, 'files'),
    hyperqueue_without_files: (slots) => rateOfHyperQueue(slots, 'none'),
    hyperqueue_program: (slots) => rateOfHyperQueueProgram(slots, 'files'),
  };
}

/** What each of the programs takes, and what the launchpad says of the Launches. */
function ran(slots) {
  return inSite(async (site) => {
    const document = loose(count, { _fw_name: 'ScriptTask', script: 'true' }, { _resources: { cores: 1 } });
    const file = site.write('tasks.json', toText(document, 'json'));
    const adding = await seconds(() => site.run('lpad', 'add', file));
    const program = await seconds(() =>
      site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0', ...slotOptions(slots)),
    );
    return { adding, program, steady: await steadySeconds(site.database) };
  });
}

/** It has one slot by itself; more are cores that Fireworks of one core share. */
const slotOptions = (slots) => (slots === 1 ? [] : ['--cores', String(slots)]);

/** From the begin of the first Launch to the end of the last one. */
async function steadySeconds(file) {
  const launchpad = await openEmbeddedLaunchPad({ file, log: silentLog });
  try {
    const { fireworks } = await launchpad.findFireworks({ fields: 'summary' });
    const launchIds = fireworks.flatMap((firework) => firework.launches);
    const { launches } = await launchpad.findLaunches({ launchIds });
    const moments = (state) =>
      launches.map(({ history }) => history.find((entry) => entry.state === state)?.createdOn ?? '').sort();
    const ends = moments('COMPLETED');
    if (ends.length !== count || ends[0] === '') throw new Error(`not all of ${count} tasks are COMPLETED`);
    return secondsBetween(moments('RUNNING')[0], ends.at(-1));
  } finally {
    await launchpad.close();
  }
}

let python = null;

function startHyperQueue(slots, ...words) {
  const environment = fileURLToPath(new URL('../python-env', import.meta.url));
  python ??= `${String(execFileSync(environment, ['hyperqueue'])).trim()}/bin/python`;
  const script = fileURLToPath(new URL('hyperqueue_side.py', import.meta.url));
  const env = { ...process.env, TMPDIR: scratchDirectory() };
  return succeeded(spawn(python, [script, String(count), String(slots), ...words], { env }));
}

async function rateOfHyperQueue(slots, output) {
  const printed = await startHyperQueue(slots, output);
  return Number(printed.trim().split('\n').at(-1));
}

async function rateOfHyperQueueProgram(slots, output) {
  return count / (await seconds(() => startHyperQueue(slots, output, 'program')));
}
