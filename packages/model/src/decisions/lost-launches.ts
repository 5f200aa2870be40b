import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';

/** A Launch whose worker is gone. */
export interface LostLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  /** A sentence, kept with the Launch. */
  reason: string;
  /** Whether policy runs the Firework again. */
  then: 'stop' | 'rerun';
}

/** Declares RUNNING Launches lost: FIZZLED with the reason. One that comes back later may still complete. */
export function fizzleLostLaunches(
  _neighbourhood: Neighbourhood,
  _request: { launches: LostLaunch[]; now: Timestamp },
): Decision<{ lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[] }> {
  throw new Error('not built yet');
}
