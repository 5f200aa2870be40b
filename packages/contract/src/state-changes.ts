import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';

/** That a Firework has another state, or is new. */
export interface StateChange {
  fwId: FwId;
  name: string;
  state: State;
  updatedOn: Timestamp;
}

/** A change, and where it stands among all others: positions have the order of their texts. */
export interface PlacedChange extends StateChange {
  position: string;
}

/** Some changes in their order, and the position up to which these are all. */
export interface ChangeBatch {
  changes: PlacedChange[];
  position: string;
}

/** What a launchpad tells of itself: every change of a state, by whomever, in the order in which they were committed. */
export interface StateChanges {
  /** The position after everything that has changed so far. */
  now(): Promise<string>;
  /**
   * Everything after a position, each change once, until it is aborted. Batches come now and then even when nothing changes.
   * Throws STORE_UNAVAILABLE when the launchpad does not answer (it may be begun again after the last batch), NOT_FOUND when
   * it does not know any more what came after the position, and others when changes cannot be told at all.
   */
  follow(after: string, until: AbortSignal): AsyncGenerator<ChangeBatch>;
}
