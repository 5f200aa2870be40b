import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { UserMap } from '@skyrocket/model/user-data';
import type { OnFireworks } from './keyed.ts';

/** What the user decides. Each works on Fireworks; those that cannot change are told in `skipped`. */
export interface Decisions {
  rerun(request: RerunFireworks): Promise<UserDecision>;
  pause(request: OnFireworks): Promise<UserDecision>;
  resume(request: OnFireworks): Promise<UserDecision>;
  defuse(request: OnFireworks): Promise<UserDecision>;
  reignite(request: OnFireworks): Promise<UserDecision>;
  /** Archives whole Workflows, each named by any of its Fireworks. */
  archive(request: OnFireworks): Promise<UserDecision>;
  setPriority(request: OnFireworks & { priority: number }): Promise<UserDecision>;
  updateSpecs(request: UpdateSpecs): Promise<UserDecision>;
  /** Brings Fireworks to the state that their parents and Launches give them, and what follows from it (format §3.2). */
  refresh(request: OnFireworks): Promise<UserDecision>;
}

export interface RerunFireworks extends OnFireworks {
  /** Resume at the task that failed, from the checkpoint of the last (or the named) Launch of each Firework. */
  taskLevel?: { launchIds?: LaunchId[]; files: 'none' | 'copy' | 'previous-directory' };
  /** What becomes of the details of the exception that fizzled a Firework (EXCEPT_DETAILS_ON_RERUN). Default: dropped. */
  exceptionDetails?: 'keep' | 'drop';
}

export interface UpdateSpecs extends OnFireworks {
  /** Paths below `spec` (dotted; numbers reach into lists) and their new values. */
  set: UserMap;
  /** A MongoDB update document applied to `spec` as it is, instead of `set`. */
  update?: UserMap;
}

export interface UserDecision {
  changed: FwId[];
  skipped: { fwId: FwId; state: State; reason: string }[];
}
