import { constants } from 'node:os';
import type { Log } from '@skyrocket/contract/log';
import type { WorkerEnd } from '@skyrocket/worker/crew';
import { createStop, type Stop, stopOnSignals } from '@skyrocket/worker/stop';
import type { WorkerOptions } from '@skyrocket/worker/worker-options';
import type { CommandLine } from '../command-line/command-line.ts';
import { openConfiguredLaunchPad, readConfiguredFWorker } from '../program/setup.ts';
import type { WorkerContext } from './context.ts';
import { workerOptions } from './worker-options.ts';

/** How Fireworks are run: `rapidfire` or `singleshot` of the worker. */
export type Work = (worker: WorkerOptions, stop: Stop) => Promise<WorkerEnd>;

/**
 * Opens the launchpad, works until the work is done or a signal asks to stop, and resolves to the exit code: 0 also when
 * Fireworks fizzled, 1 when results could not be told to the launchpad, 128 + signal when a signal ended it.
 * @throws SkyrocketError BAD_CONFIGURATION, STORE_*; what `work` throws
 */
export async function runWorker(line: CommandLine, context: WorkerContext, work: Work): Promise<number> {
  const { log, surroundings, config } = context;
  const file = await readConfiguredFWorker(context, context.workerFiles);
  const launchpad = await openConfiguredLaunchPad(context);
  const stop = createStop();
  const letSignalsBe = stopOnSignals(stop);
  try {
    const place = { launchpad, log, directory: surroundings.directory, file };
    const end = await work(workerOptions(line, place, config), stop);
    tellEnd(end, log);
    return exitCodeOf(end);
  } finally {
    letSignalsBe();
    await launchpad.close();
  }
}

function tellEnd({ launched, completed, fizzled, released, interruptedBy }: WorkerEnd, log: Log): void {
  if (interruptedBy !== null) log.warn(`Stopped by ${interruptedBy}`);
  const back = released > 0 ? `, ${released} given back` : '';
  log.info(`${launched} Fireworks ran: ${completed} COMPLETED, ${fizzled} FIZZLED${back}`);
}

function exitCodeOf({ interruptedBy, untold }: WorkerEnd): number {
  if (interruptedBy !== null) return 128 + constants.signals[interruptedBy];
  return untold > 0 ? 1 : 0;
}
