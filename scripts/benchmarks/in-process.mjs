// A launchpad and a worker inside the measuring process, for what is too short to be a program.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';

export const fworker = { name: 'measured', category: '', query: new Map(), env: new Map() };

export const openLaunchPad = (site) => openEmbeddedLaunchPad({ file: site.database, log: silentLog });

/** What `rapidfire` is told, as rlaunch does it without any configuration. */
export function workerIn(site, launchpad) {
  const spool = join(site.directory, 'spool');
  mkdirSync(spool, { recursive: true });
  return {
    ...{ launchpad, fworker, job: null, log: silentLog, directory: site.directory, spool },
    ...{ claimOrder: 'any', blockFormat: '%Y-%m-%d-%H-%M-%S-%f', print: { json: true, yaml: false } },
    ...{ uselessDirectories: 'remove', templateDir: null, nameUpdates: new Map() },
    ...{
      python: { python: 'python3', start: 'fork', userPackages: null, launchpadFile: null },
      graceSeconds: 10,
      pingSeconds: 3600,
    },
    ...{ onSignal: 'fizzle', output: 'terminal' },
  };
}

/** What rapidfire is told when everything that is there is to be run. */
export const drainOptions = {
  ...{ slots: 1, nlaunches: 'drain', maxLoops: 'unlimited', sleepSeconds: 0, timeoutSeconds: null },
  ...{ maintainSeconds: 120, slotNames: 'not stored' },
};
