import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { State } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { giveBack } from './release.ts';

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
 * for its children. `taken`: it did, its own Launch is archived, and nothing is to be run. Of two duplicates that were
 * claimed at the same time, the one with the older Launch runs.
 */
export function takeOverDuplicates(
  neighbourhood: Neighbourhood,
  request: DuplicateClaim,
): Decision<{ taken: boolean; state: State }> {
  const draft = new Draft(neighbourhood);
  const [thief] = draft.named([request.fwId]);
  if (!thief) return draft.decide({ taken: false, state: 'RESERVED' });
  const stands = thief.state === 'RESERVED' && thief.launches.includes(request.claimed);
  const launches = stands ? launchesToTake(draft, thief, request) : [];
  if (launches.length > 0) {
    thief.addLaunches(launches);
    const reason = `Firework ${thief.fwId} takes over Launch ${launches.join(', ')} of a duplicate.`;
    giveBack(draft, thief, { launchId: request.claimed, reason, now: request.now });
  }
  return draft.decide({ taken: launches.length > 0, state: thief.state });
}

function launchesToTake(draft: Draft, thief: FireworkDraft, request: DuplicateClaim): LaunchId[] {
  const launches = new Set<LaunchId>();
  for (const id of request.matches) {
    const match = draft.given.absent.has(id) || id === thief.fwId ? null : draft.firework(id);
    for (const launch of match?.launches ?? []) {
      const state = draft.launchState(launch);
      const worth = state === 'RESERVED' ? launch < request.claimed : state !== 'READY';
      if (worth && !thief.launches.includes(launch)) launches.add(launch);
    }
  }
  return [...launches];
}
