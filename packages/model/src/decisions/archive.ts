import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { UserOutcome } from './user-outcome.ts';

/** Archives whole Workflows, each named by any of its Fireworks, with all Launches (format §3.3). */
export function archive(_neighbourhood: Neighbourhood, _request: { fwIds: FwId[] }): Decision<UserOutcome> {
  throw new Error('not built yet');
}
