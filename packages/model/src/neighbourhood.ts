import type { FWAction } from './action.ts';
import type { FwId, LaunchId } from './ids.ts';
import type { FireworkRecord, LaunchRecord } from './records.ts';
import type { LaunchState, State } from './states.ts';
import type { UserMap } from './user-data.ts';

/** How a store names a Workflow. Opaque: the model only compares them. */
export type WorkflowId = string & { readonly __id: 'workflow' };

/**
 * What a decision may look at: a part of some Workflows, as one consistent view. A store loads it, the model
 * reads it. A decision that needs more says so ({@link Needs}); the store loads more and asks again.
 */
export interface Neighbourhood {
  nodes: Map<FwId, FireworkNode>;
  /** Specs, loaded only where a decision needs them. */
  specs: Map<FwId, UserMap>;
  /** Actions of Launches, loaded only where a decision needs them. A Launch without one has the empty action. */
  actions: Map<LaunchId, FWAction>;
  /** Fireworks with all their Launches, loaded only for `_fizzled_parents` (format §3.2 rule 4) and recovery. */
  documents: Map<FwId, WholeFirework>;
  /** The parents that are FIZZLED in the store, by child, oldest id first; their `documents` are loaded with them. */
  fizzledParents: Map<FwId, FwId[]>;
  /** Fireworks all of whose descendants are in `nodes`. */
  descendantsOf: Set<FwId>;
  /** Workflows all of whose Fireworks are in `nodes`. */
  wholeWorkflows: Set<WorkflowId>;
  /** Ids that were asked for (in any list of {@link Needs}) and that no Firework has. */
  absent: Set<FwId>;
}

/** One Firework as decisions see it. */
export interface FireworkNode {
  fwId: FwId;
  workflow: WorkflowId;
  name: string;
  state: State;
  /** Active Launches, oldest first. */
  launches: LaunchNode[];
  archivedLaunches: LaunchId[];
  children: FwId[];
  parents: ParentTally;
  /** `spec._allow_fizzled_parents` is truthy. */
  allowFizzledParents: boolean;
  /** `spec._fizzled_parents` is there. */
  knowsFizzledParents: boolean;
  /**
   * `spec._dupefinder` is there; then `sharers` lists the other Fireworks that hold, as active, one of its Launches, be
   * that active or archived here: what it made and had to give up may still stand for a duplicate.
   */
  dupefinder: boolean;
  sharers: FwId[];
}

/** A Launch as decisions see it. */
export interface LaunchNode {
  launchId: LaunchId;
  /** The Firework that made it; duplicates may share it (format §12.2). */
  fwId: FwId;
  state: LaunchState;
}

/** A Firework with its Launches. */
export interface WholeFirework {
  firework: FireworkRecord;
  launches: LaunchRecord[];
  archivedLaunches: LaunchRecord[];
}

/** How many parents a Firework has, and how many of them are in the two states that matter to it. */
export interface ParentTally {
  total: number;
  completed: number;
  fizzled: number;
}

/** What must be added to a neighbourhood before a decision can be taken. Empty lists where nothing is missing. */
export interface Needs {
  nodes: FwId[];
  specs: FwId[];
  actions: LaunchId[];
  documents: FwId[];
  fizzledParents: FwId[];
  descendantsOf: FwId[];
  wholeWorkflows: WorkflowId[];
}

export function emptyNeighbourhood(): Neighbourhood {
  return {
    nodes: new Map(),
    specs: new Map(),
    actions: new Map(),
    documents: new Map(),
    fizzledParents: new Map(),
    descendantsOf: new Set(),
    wholeWorkflows: new Set(),
    absent: new Set(),
  };
}
