import type { FwId } from '../ids.ts';
import type { State } from '../states.ts';

/** What a user's decision did. A Firework that cannot change is told in `skipped`, and the others change all the same. */
export interface UserOutcome {
  changed: FwId[];
  /** `reason` is a sentence. */
  skipped: { fwId: FwId; state: State; reason: string }[];
}

/** Tells that a Firework stays as it is. */
export function skip(outcome: UserOutcome, firework: { fwId: FwId; state: State }, why: string): void {
  const { fwId, state } = firework;
  outcome.skipped.push({ fwId, state, reason: `Firework ${fwId} stays as it is: ${why}` });
}
