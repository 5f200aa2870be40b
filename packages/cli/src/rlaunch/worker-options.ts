import type { FWConfig } from '@skyrocket/client/fw-config';
import type { FWorkerFile } from '@skyrocket/client/fworker-file';
import type { WorkerOptions } from '@skyrocket/worker/worker-options';
import type { CommandLine } from '../command-line/command-line.ts';
import { choice, flag } from '../command-line/option.ts';

export const onSignal = choice(
  '--on-signal',
  ['fizzle', 'release'],
  'what becomes of a Firework whose tasks are ended by a signal to this program: FIZZLED (the default), or READY again',
);

export const localRedirect = flag(
  '--local_redirect',
  'write what tasks print into FW_job.out and FW_job.error of the launch directory',
);

export const offline = flag(
  '--offline',
  'run what "qlaunch -r" has put into the current directory (rapidfire: into those below it), without a launchpad',
);

/** Where the worker works, and who it is. */
export type WorkerPlace = Pick<WorkerOptions, 'launchpad' | 'log' | 'directory' | 'spool' | 'job'> & {
  file: FWorkerFile;
  launchpadFile: WorkerOptions['python']['launchpadFile'];
};

/** All that a worker is told: what the command line says, else the configuration. */
export function workerOptions(line: CommandLine, place: WorkerPlace, config: FWConfig): WorkerOptions {
  const { launchpad, log, directory, spool, job, file, launchpadFile } = place;
  return {
    ...{ launchpad, log, directory, spool, job },
    fworker: file.fworker,
    claimOrder: config.sortFireworks === '' ? 'any' : config.sortFireworks,
    blockFormat: config.blockFormat,
    print: config.print,
    uselessDirectories: config.removeUselessDirectories ? 'remove' : 'keep',
    templateDir: config.templateDirectory,
    nameUpdates: config.nameUpdates,
    python: {
      python: file.python,
      start: file.pythonStart,
      userPackages: config.userPackages,
      launchpadFile,
    },
    graceSeconds: config.graceSeconds,
    pingSeconds: config.pingSeconds,
    onSignal: line.value(onSignal) ?? 'fizzle',
    output: line.value(localRedirect) ? 'launch-directory' : 'terminal',
  };
}
