import type { FWAction } from './action.ts';
import type { FwId, LaunchId } from './ids.ts';
import type { LaunchState, State } from './states.ts';
import type { Timestamp } from './timestamp.ts';
import type { UserMap, UserValue } from './user-data.ts';

/** A stored Firework: format §2.1. */
export interface FireworkRecord {
  fwId: FwId;
  name: string;
  state: State;
  spec: UserMap;
  /** Active Launches, oldest first. */
  launches: LaunchId[];
  archivedLaunches: LaunchId[];
  createdOn: Timestamp;
  updatedOn: Timestamp;
}

/** A stored Workflow: format §2.2. `nodes[0]` names it in listings. */
export interface WorkflowRecord {
  nodes: FwId[];
  links: Map<FwId, FwId[]>;
  states: Map<FwId, State>;
  names: Map<FwId, string>;
  name: string;
  state: State;
  metadata: UserMap;
  createdOn: Timestamp;
  updatedOn: Timestamp;
}

/** Who runs: my_fworker.yaml, format §6. `query` is a MongoDB filter. */
export interface FWorker {
  name: string;
  category: string | string[];
  query: UserMap;
  env: UserMap;
}

/** What earlier tasks of a running Launch left, for recovery at task level: format §2.3. */
export interface Checkpoint {
  taskIndex: number;
  storedData: UserMap;
  updateSpec: UserMap;
  modSpec: UserMap[];
}

/** One entry of a Launch's `state_history`: format §2.3. */
export interface HistoryEntry {
  state: LaunchState;
  createdOn: Timestamp;
  updatedOn?: Timestamp;
  reservationId?: string;
  checkpoint?: Checkpoint;
}

/** A file whose last lines are kept with the Launch: format §12.1. */
export interface TrackerRecord {
  filename: string;
  nlines: number;
  allowZipped: boolean;
  content?: string;
}

/** A stored Launch: format §2.3. Times derived from the history (`time_start` …) are computed by {@link launchTimes}. */
export interface LaunchRecord {
  launchId: LaunchId;
  fwId: FwId;
  state: LaunchState;
  fworker: FWorker;
  host: string;
  ip: string;
  launchDir: string;
  trackers: TrackerRecord[];
  action: FWAction | null;
  history: HistoryEntry[];
}

/** A Workflow to be added; ids are those of the file or program and are replaced by the launchpad. */
export interface NewWorkflow {
  name: string;
  metadata: UserMap;
  fireworks: NewFirework[];
  links: Map<FwId, FwId[]>;
  createdOn?: Timestamp;
  updatedOn?: Timestamp;
}

/** A Firework to be added. Roots become READY whatever `state` says; others keep it (default WAITING): format §1.4. */
export interface NewFirework {
  fwId: FwId;
  name: string;
  spec: UserMap;
  state: State;
  createdOn?: Timestamp;
  updatedOn?: Timestamp;
  /** Launches and archived launches of a dumped file, kept as they are; empty otherwise. */
  launches: UserValue[];
  archivedLaunches: UserValue[];
}
