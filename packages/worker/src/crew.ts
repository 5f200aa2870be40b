import type { StopSignal } from './stop.ts';

/** What a worker did. */
export interface WorkerEnd {
  /** Launches that ran. */
  launched: number;
  completed: number;
  fizzled: number;
  /** Launches given back without a result: a module that cannot be imported, a signal with `onSignal` release. */
  released: number;
  /** Results that are in the journal and that the launchpad has not taken. */
  untold: number;
  /** What ended the worker early. */
  interruptedBy: StopSignal | null;
}
