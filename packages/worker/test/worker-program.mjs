// A worker as a process of its own, so that tests can kill it: `node worker-program.mjs FOLDER [OPTIONS]`.
// It needs the built packages. OPTIONS is JSON: {worker, rapidfire, reports}; with reports "unanswered" the launchpad never
// answers a report.
import { join } from 'node:path';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { rapidfire } from '@skyrocket/worker/rapidfire';
import { createStop, stopOnSignals } from '@skyrocket/worker/stop';

const [folder, text = '{}'] = process.argv.slice(2);
const options = JSON.parse(text);
const say = (message) => process.stderr.write(`${message}\n`);
const log = { debug() {}, info: say, warn: say, error: say };
const opened = await openEmbeddedLaunchPad({ file: join(folder, 'launchpad.db'), log });
const unanswered = { report: () => new Promise(() => {}) };
const launchpad = { ...opened, ...(options.reports === 'unanswered' && unanswered) };
const worker = {
  launchpad,
  fworker: { name: 'bench', category: '', query: new Map(), env: new Map() },
  log,
  directory: join(folder, 'launches'),
  spool: join(folder, 'spool'),
  claimOrder: 'FIFO',
  blockFormat: '%Y-%m-%d-%H-%M-%S-%f',
  print: { json: true, yaml: false },
  uselessDirectories: 'remove',
  templateDir: null,
  nameUpdates: new Map(),
  python: { python: 'python3', start: 'fork', userPackages: null, launchpadFile: null },
  graceSeconds: 5,
  pingSeconds: 3600,
  onSignal: 'fizzle',
  output: 'launch-directory',
  ...options.worker,
};
const stop = createStop();
stopOnSignals(stop);
const end = await rapidfire(
  worker,
  {
    slots: 1,
    nlaunches: 'drain',
    maxLoops: 'unlimited',
    sleepSeconds: 0.1,
    timeoutSeconds: null,
    maintainSeconds: 120,
    slotNames: 'not stored',
    ...options.rapidfire,
  },
  stop,
);
await launchpad.close();
process.stdout.write(`${JSON.stringify(end)}\n`);
process.exit(0);
