import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';

/** A Launch that is given back. */
export interface ReleasedLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  /** A sentence, kept with the Launch. */
  reason: string;
  /** Set when the worker cannot import a task: how many different workers, this one among them, could not. */
  cannotImport?: { task: string; workers: number };
}

/** After so many different workers could not import a task, its Firework is PAUSED instead of READY. */
export const importFailuresBeforePause = 3;

/** Where a user finds why a Firework was paused: a key of `spec`, removed when the Firework is no longer PAUSED. */
export const pauseReasonKey = '_pause_reason';

/**
 * Gives RESERVED and RUNNING Launches back: they are archived as READY, and their Fireworks become READY again, or
 * PAUSED with the reason in `spec._pause_reason` where too many workers cannot import a task.
 */
export function releaseLaunches(
  _neighbourhood: Neighbourhood,
  _request: { launches: ReleasedLaunch[]; now: Timestamp },
): Decision<{ released: LaunchId[]; paused: FwId[] }> {
  throw new Error('not built yet');
}
