import type { FWAction } from '../action.ts';
import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { Checkpoint, TrackerRecord } from '../records.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';

/** A Launch that ended, as its worker tells it. */
export interface FinishedLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  endedOn: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  launchDir?: string;
}

/** What became of a report. Unless `refused` or `already-applied`, the Launch is written. */
export type LaunchEnd =
  | { launchId: LaunchId; outcome: 'applied' | 'already-applied' }
  /** The Launch is COMPLETED, but its action cannot be applied: the Firework is FIZZLED for this reason. */
  | { launchId: LaunchId; outcome: 'fizzled'; reason: string }
  /** The Launch was archived meanwhile: it is written, the Firework stays as it is. */
  | { launchId: LaunchId; outcome: 'late'; reason: string }
  | { launchId: LaunchId; outcome: 'refused'; reason: string };

/** Ends Launches, one after another, each seeing what the ones before did, and applies their actions (format §3.2, §5). */
export function completeLaunches(
  _neighbourhood: Neighbourhood,
  _request: { finished: FinishedLaunch[]; now: Timestamp },
): Decision<LaunchEnd[]> {
  throw new Error('not built yet');
}
