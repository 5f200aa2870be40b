import type { WorkerEnd } from './crew.ts';
import type { Stop } from './stop.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options of `rlaunch rapidfire`, `multi` and `mlaunch`: format §7.3 and §7.4. */
export interface RapidfireOptions {
  /** Launches that may run at once, in this one process: 1 for rapidfire, N for multi and mlaunch. */
  slots: number;
  /** `drain`: until nothing is left that this worker could run, now or later; a number: until so many were launched. */
  nlaunches: number | 'drain' | 'infinite';
  /** How often to look for work again after none was READY. */
  maxLoops: number | 'unlimited';
  /** The pause before looking again: RAPIDFIRE_SLEEP_SECS. */
  sleepSeconds: number;
  /** No Launch is begun after so many seconds; null: no limit. Those that run go on. */
  timeoutSeconds: number | null;
  /** MAINTAIN_INTERVAL. */
  maintainSeconds: number;
  /** `stored`: multi and mlaunch keep `Process-k` of the slot in stored_data.multiprocess_name (STORE_PACKING_INFO). */
  slotNames: 'stored' | 'not stored';
}

/**
 * Runs Launches, each in a new launch directory below the worker's directory, until the options or `stop` end it.
 * Outages of the launchpad are waited out.
 * @throws SkyrocketError when the launchpad cannot be reached at the start, or refuses this worker
 */
export async function rapidfire(
  _worker: WorkerOptions,
  _options: RapidfireOptions,
  _stop: Stop,
): Promise<WorkerEnd> {
  throw new Error('not there yet');
}
