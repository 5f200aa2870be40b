import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { UserOutcome } from './user-outcome.ts';

/** WAITING, READY and RESERVED ones become PAUSED (format §3.3). */
export function pause(_neighbourhood: Neighbourhood, _request: { fwIds: FwId[] }): Decision<UserOutcome> {
  throw new Error('not built yet');
}

/** PAUSED ones are refreshed (format §3.3). */
export function resume(_neighbourhood: Neighbourhood, _request: { fwIds: FwId[] }): Decision<UserOutcome> {
  throw new Error('not built yet');
}
