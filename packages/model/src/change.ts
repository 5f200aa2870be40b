import type { FWAction } from './action.ts';
import type { FwId, LaunchId } from './ids.ts';
import type { Needs } from './neighbourhood.ts';
import type { HistoryEntry, NewFirework, TrackerRecord } from './records.ts';
import type { LaunchState, State } from './states.ts';
import type { UserMap } from './user-data.ts';

/**
 * What a decision wants written, as a plain value. A store writes it all or nothing, and itself brings what is
 * derived up to date: the parents' tallies, the Workflow's state (by `workflowState`) and its `updated_on`.
 */
export interface Change {
  fireworks: Map<FwId, FireworkChange>;
  launches: Map<LaunchId, LaunchChange>;
  /** New Fireworks, in the order in which ids are to be drawn; their `fwId` is negative and unique within the change. */
  added: AddedFirework[];
  /** New links; negative ids stand for Fireworks in `added`. */
  links: { parent: FwId; child: FwId }[];
}

/** Members that are absent stay as they are. `updated_on` becomes the moment of the change. */
export interface FireworkChange {
  state?: State;
  /** Top-level keys of `spec`: first `unset` ones are deleted, then `set` ones assigned (existing ones keep their place). */
  spec?: { set: UserMap; unset: string[] };
  launches?: LaunchId[];
  archivedLaunches?: LaunchId[];
}

/** Members that are absent stay as they are. */
export interface LaunchChange {
  state?: LaunchState;
  /** Appended before `entry`, where it was not known that the Launch ran. */
  began?: HistoryEntry;
  /** Appended to the history; an entry other than COMPLETED takes over the checkpoint of the one before. */
  entry?: HistoryEntry;
  /** Replaces members of the last history entry, before `entry` is appended (pings, checkpoints). */
  ping?: Pick<HistoryEntry, 'updatedOn' | 'checkpoint'>;
  launchDir?: string;
  action?: FWAction | null;
  trackers?: TrackerRecord[];
}

/** A Firework that a decision adds; `state` is already decided (format §5, re-linking). */
export interface AddedFirework {
  firework: NewFirework;
  /** The stored Firework whose Workflow it joins. */
  joins: FwId;
}

/** A decision: either more must be loaded, or this is to be written and this is what the caller is told. */
export type Decision<Outcome> =
  | { kind: 'needs'; needs: Needs }
  | { kind: 'change'; change: Change; outcome: Outcome };

export function emptyChange(): Change {
  return { fireworks: new Map(), launches: new Map(), added: [], links: [] };
}
