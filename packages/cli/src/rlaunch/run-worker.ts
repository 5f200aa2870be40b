import { constants } from 'node:os';
import type { Log } from '@skyrocket/contract/log';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { type Allocation, jobOf } from '@skyrocket/worker/allocation/allocation';
import type { WorkerEnd } from '@skyrocket/worker/crew';
import { createStop, type Stop, stopOnSignals, stopSignal } from '@skyrocket/worker/stop';
import type { WorkerLaunchPad, WorkerOptions } from '@skyrocket/worker/worker-options';
import type { CommandLine } from '../command-line/command-line.ts';
import { openConfiguredLaunchPad, readConfiguredFWorker } from '../program/setup.ts';
import type { WorkerContext } from './context.ts';
import { stopBeforeEnd } from './time-limit.ts';
import { workerOptions } from './worker-options.ts';

/** A way to run Fireworks. */
export interface Work {
  /** `rapidfire` or `singleshot` of the worker. */
  run(worker: WorkerOptions, stop: Stop): Promise<WorkerEnd>;
  /** What a person is told when nothing was run. */
  idle(worker: WorkerOptions): string;
  /** The job that it runs in; null: its time does not end. */
  allocation: Allocation | null;
  /** No launchpad is asked for what lies in the current directory, or in those right below it. */
  source: 'launchpad' | 'this directory' | 'directories below';
}

/** That nothing suits this worker, in the words of FireWorks. */
export const noneReady = ({ fworker }: WorkerOptions): string =>
  `No FireWorks are ready to run and match query! ${stringifyJson(workerFilter(fworker))}`;

/**
 * Opens the launchpad, works until the work is done or a signal asks to stop, and resolves to the exit code: 0 also when
 * Fireworks fizzled, 1 when results could not be told to the launchpad, 128 + signal when a signal ended it.
 * @throws SkyrocketError BAD_CONFIGURATION, STORE_*; what the work throws
 */
export async function runWorker(line: CommandLine, context: WorkerContext, work: Work): Promise<number> {
  const { log, surroundings, config } = context;
  const file = await readConfiguredFWorker(context, context.fworkerFile);
  const { launchpad, launchpadFile, spool, close } = await openSource(context, work.source);
  const stop = createStop();
  tellStop(stop, context);
  const letSignalsBe = stopOnSignals(stop);
  const { allocation } = work;
  const letTimeBe = allocation && stopBeforeEnd(stop, allocation, config.graceSeconds);
  try {
    const { directory } = surroundings;
    const place = { launchpad, launchpadFile, log, directory, spool, file, job: jobOf(allocation) };
    const worker = workerOptions(line, place, config);
    const end = await work.run(worker, stop);
    if (end.launched + end.released === 0 && end.interruptedBy === null) log.info(work.idle(worker));
    else tellEnd(end, log);
    return exitCodeOf(end);
  } finally {
    letSignalsBe();
    letTimeBe?.();
    await close();
  }
}

interface Source {
  launchpad: WorkerLaunchPad;
  /** What Python tasks may open it from. */
  launchpadFile: string | null;
  spool: string;
  close(): Promise<void>;
}

async function openSource(context: WorkerContext, source: Work['source']): Promise<Source> {
  const { surroundings, config, log } = context;
  if (source === 'launchpad') {
    const launchpad = await openConfiguredLaunchPad(context);
    const { place, source: launchpadFile } = context.launchpadFile;
    return {
      launchpad,
      launchpadFile: place.kind === 'mongodb' ? launchpadFile : null,
      spool: config.spoolDirectory,
      close: () => launchpad.close(),
    };
  }
  const { directory } = surroundings;
  const { offlineSpool, openOfflineBatch, openOfflineLaunch } = await import(
    '@skyrocket/worker/offline/open-batch'
  );
  const launchpad =
    source === 'this directory' ? openOfflineLaunch(directory) : openOfflineBatch(directory, log);
  return { launchpad, launchpadFile: null, spool: offlineSpool(directory), close: async () => {} };
}

/** Whoever asked for it by a signal is told at once: while tasks have their grace nothing else would be seen. */
function tellStop(stop: Stop, { log, config }: WorkerContext): void {
  const { asked, atOnce } = stop;
  const told = () => {
    if (stop.because !== null) return;
    log.warn(
      `${stopSignal(stop)}: nothing more begins; what runs has ${config.graceSeconds} s to end (SIGINT again kills it at once)`,
    );
  };
  asked.addEventListener('abort', told, { once: true });
  atOnce.addEventListener(
    'abort',
    () => log.warn('SIGINT again: killed; results stay in the journal until the next worker tells them'),
    { once: true },
  );
}

function tellEnd(end: WorkerEnd, log: Log): void {
  const { launched, completed, fizzled, released, takenAway, interruptedBy, because } = end;
  if (interruptedBy !== null)
    log.warn(because === null ? `Stopped by ${interruptedBy}` : `Stopped: ${because}`);
  const back = released > 0 ? `, ${released} given back` : '';
  const lost = takenAway > 0 ? `, ${takenAway} taken away` : '';
  const what = launched === 1 ? 'Firework' : 'Fireworks';
  log.info(`${launched} ${what} ran: ${completed} COMPLETED, ${fizzled} FIZZLED${lost}${back}`);
}

/** A worker that ends in time, before its job does, has done what it was asked to. */
function exitCodeOf({ interruptedBy, because, untold }: WorkerEnd): number {
  if (interruptedBy !== null && because === null) return 128 + constants.signals[interruptedBy];
  return untold > 0 ? 1 : 0;
}
