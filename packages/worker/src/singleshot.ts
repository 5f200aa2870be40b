import type { FwId } from '@skyrocket/model/ids';
import type { WorkerEnd } from './crew.ts';
import type { Stop } from './stop.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options of `rlaunch singleshot`. */
export interface SingleshotOptions {
  /** Exactly this Firework, whatever the worker's filter says; null: the first one that this worker may run. */
  fwId: FwId | null;
}

/**
 * Runs one Firework in the worker's directory. Nothing READY is no error: then `launched` is 0.
 * @throws SkyrocketError when the launchpad cannot be reached at the start, or refuses this worker
 */
export async function singleshot(
  _worker: WorkerOptions,
  _options: SingleshotOptions,
  _stop: Stop,
): Promise<WorkerEnd> {
  throw new Error('not there yet');
}
