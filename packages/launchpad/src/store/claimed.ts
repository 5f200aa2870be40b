import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { StoreClaim, StoreClaimed } from './store.ts';

// What claims have in common, whatever the store.

/** Nothing is READY for this worker, or not what it asked for. */
export const nothing: StoreClaimed = { claims: [], dupefinders: [], exhausted: true };

/** The Fireworks that may be duplicates of others. */
export function withDupefinders(claims: ClaimedLaunch[]): FwId[] {
  return claims
    .filter(({ firework }) => firework.spec.has('_dupefinder'))
    .map(({ firework }) => firework.fwId);
}

/** What a claim by id does: one that is READY is claimed as any other, one that is RESERVED is taken with its Launch. */
export function wayToClaim(state: State, { agentId }: StoreClaim): 'reserve' | 'take' | 'nothing' {
  if (state === 'READY') return 'reserve';
  return state === 'RESERVED' && agentId !== null ? 'take' : 'nothing';
}

export function noSuchFirework(id: FwId, location: string): SkyrocketError {
  return new SkyrocketError('NOT_FOUND', `there is no Firework ${id} in the launchpad ${location}`);
}

export function notRegistered({ agentId }: StoreClaim): SkyrocketError {
  return new SkyrocketError(
    'NOT_ALLOWED',
    `agent ${agentId} is not registered with this launchpad (any more), so it cannot claim; it has to register again`,
  );
}
