import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';

/** Brings Fireworks to the state that their parents and Launches give them (format §3.2), and what follows from it. */
export function refreshFireworks(
  _neighbourhood: Neighbourhood,
  _request: { fwIds: FwId[] },
): Decision<{ changed: FwId[] }> {
  throw new Error('not built yet');
}
