import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';
import { lostAction } from './lost-action.ts';
import { refresh } from './refresh.ts';
import { runAgainWithSharers } from './rerun.ts';

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
  afterwards: 'stop' | 'rerun';
}

/**
 * Declares RUNNING Launches lost: FIZZLED with the reason; others are passed over. One that comes back may still
 * complete, unless its Firework was rerun.
 */
export function fizzleLostLaunches(
  neighbourhood: Neighbourhood,
  request: { launches: LostLaunch[]; now: Timestamp },
): Decision<{ lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[] }> {
  const draft = new Draft(neighbourhood);
  const lost: { launchId: LaunchId; fwId: FwId; reran: boolean }[] = [];
  for (const { launchId, fwId, recorded, reason, afterwards } of request.launches) {
    const maker = draft.firework(fwId);
    if (!maker || recorded !== 'RUNNING' || draft.launchChange(launchId)) continue;
    draft.changeLaunch(launchId, {
      state: 'FIZZLED',
      entry: { state: 'FIZZLED', createdOn: request.now },
      action: lostAction(reason),
    });
    refresh(draft, draft.holdersOf(launchId, maker));
    const again = afterwards === 'rerun' && maker.state === 'FIZZLED' && maker.launches.includes(launchId);
    if (again) runAgainWithSharers(draft, maker);
    lost.push({ launchId, fwId, reran: again });
  }
  return draft.decide({ lost });
}
