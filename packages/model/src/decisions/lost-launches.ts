import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';
import { explainedAction, type LostJob, lostAction } from './lost-action.ts';
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
  /** The job that its worker ran in. */
  job?: LostJob;
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
  for (const { launchId, fwId, recorded, reason, job, afterwards } of request.launches) {
    const maker = draft.firework(fwId);
    if (!maker || recorded !== 'RUNNING' || draft.launchChange(launchId)) continue;
    draft.changeLaunch(launchId, {
      state: 'FIZZLED',
      entry: { state: 'FIZZLED', createdOn: request.now },
      action: lostAction(reason, job),
    });
    refresh(draft, draft.holdersOf(launchId, maker));
    const again = afterwards === 'rerun' && maker.state === 'FIZZLED' && maker.launches.includes(launchId);
    if (again) runAgainWithSharers(draft, maker);
    lost.push({ launchId, fwId, reran: again });
  }
  return draft.decide({ lost });
}

/** A lost Launch, and why its job ended. */
export interface LaunchEnd {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** One word, and the batch system's own words. */
  cause: string;
  words: string;
  /** Whether policy runs the Firework again. */
  afterwards: 'stop' | 'rerun';
}

/**
 * Adds to lost Launches why their jobs ended. Those that are not FIZZLED and lost, not active any more, or explained already are
 * passed over, so that of two who explain one Launch the second changes nothing.
 */
export function explainLostLaunches(
  neighbourhood: Neighbourhood,
  request: { ends: LaunchEnd[] },
): Decision<{ explained: { launchId: LaunchId; fwId: FwId; cause: string; reran: boolean }[] }> {
  const draft = new Draft(neighbourhood);
  const explained: { launchId: LaunchId; fwId: FwId; cause: string; reran: boolean }[] = [];
  for (const { launchId, fwId, cause, words, afterwards } of request.ends) {
    const maker = draft.firework(fwId);
    if (!maker?.launches.includes(launchId) || draft.launchState(launchId) !== 'FIZZLED') continue;
    if (draft.launchChange(launchId)) continue;
    const told = draft.action(launchId);
    const action = told && explainedAction(told, { cause, words });
    if (!action) continue;
    draft.changeLaunch(launchId, { action });
    const again = afterwards === 'rerun' && maker.state === 'FIZZLED';
    if (again) runAgainWithSharers(draft, maker);
    explained.push({ launchId, fwId, cause, reran: again });
  }
  return draft.decide({ explained });
}
