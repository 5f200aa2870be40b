import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { State } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';

/** A Firework that was just claimed, and the Fireworks that its duplicate finder calls equal. */
export interface DuplicateClaim {
  fwId: FwId;
  /** The RESERVED Launch that the claim made; given back when Launches are taken over. */
  claimed: LaunchId;
  matches: FwId[];
  now: Timestamp;
}

/**
 * Lets a claimed Firework take the Launches of its duplicates instead of running (format §12.2), with all that follows
 * for its children. `taken`: it did, its own Launch is archived, and nothing is to be run.
 */
export function takeOverDuplicates(
  _neighbourhood: Neighbourhood,
  _request: DuplicateClaim,
): Decision<{ taken: boolean; state: State }> {
  throw new Error('not built yet');
}
