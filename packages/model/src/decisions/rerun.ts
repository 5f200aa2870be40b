import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { UserOutcome } from './user-outcome.ts';

export interface RerunRequest {
  fwIds: FwId[];
  /** Resume at the task that failed. `launchIds`: one of each Firework; absent: the last active one of each. */
  taskLevel?: { launchIds?: LaunchId[]; files: 'none' | 'copy' | 'previous-directory' };
  /** What becomes of the details of the exception that fizzled a Firework (EXCEPT_DETAILS_ON_RERUN). Default: dropped. */
  exceptionDetails?: 'keep' | 'drop';
}

/** Runs Fireworks again, and resets their descendants (format §3.3). `changed` names also sharers that run again. */
export function rerun(_neighbourhood: Neighbourhood, _request: RerunRequest): Decision<UserOutcome> {
  throw new Error('not built yet');
}
