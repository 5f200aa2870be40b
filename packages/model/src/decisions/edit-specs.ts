import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { UserMap } from '../user-data.ts';
import type { UserOutcome } from './user-outcome.ts';

/** Sets `spec._priority`, in any state (format §13). */
export function setPriority(
  _neighbourhood: Neighbourhood,
  _request: { fwIds: FwId[]; priority: number },
): Decision<UserOutcome> {
  throw new Error('not built yet');
}

/**
 * Changes specs of Fireworks that are not claimed, running or done (format §13). `set`: dotted paths below `spec`, numbers
 * reach into lists, and their values. `update`: a MongoDB update document over the Firework, its keys `spec.…`.
 * @throws SkyrocketError BAD_USAGE when the paths or operators cannot be used on any spec.
 */
export function updateSpecs(
  _neighbourhood: Neighbourhood,
  _request: { fwIds: FwId[]; set: UserMap; update?: UserMap },
): Decision<UserOutcome> {
  throw new Error('not built yet');
}
