import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { UserOutcome } from './user-outcome.ts';

/** Fireworks become DEFUSED; RESERVED, RUNNING and COMPLETED ones are rerun first (format §3.3). */
export function defuse(_neighbourhood: Neighbourhood, _request: { fwIds: FwId[] }): Decision<UserOutcome> {
  throw new Error('not built yet');
}

/** DEFUSED ones are refreshed (format §3.3). */
export function reignite(_neighbourhood: Neighbourhood, _request: { fwIds: FwId[] }): Decision<UserOutcome> {
  throw new Error('not built yet');
}
