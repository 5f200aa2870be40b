import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { FwId } from '@skyrocket/model/ids';
import type { StoreClaimed } from './store.ts';

/** Nothing is READY for this worker, or not what it asked for. */
export const nothing: StoreClaimed = { claims: [], dupefinders: [], exhausted: true };

/** The Fireworks that may be duplicates of others. */
export function withDupefinders(claims: ClaimedLaunch[]): FwId[] {
  return claims
    .filter(({ firework }) => firework.spec.has('_dupefinder'))
    .map(({ firework }) => firework.fwId);
}
