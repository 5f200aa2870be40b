import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { FireworkRecord, LaunchRecord, WorkflowRecord } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';

/** What is asked about Workflows, Fireworks and Launches. */
export interface Questions {
  findFireworks(request: FindFireworks): Promise<FoundFireworks>;
  findWorkflows(request: FindWorkflows): Promise<FoundWorkflows>;
  findLaunches(request: { launchIds: LaunchId[] }): Promise<{ launches: LaunchRecord[] }>;
  /** The whole Workflow that holds a Firework, with specs and Launches, for `dump_wflow` and export. */
  dumpWorkflow(request: { fwId: FwId }): Promise<WorkflowDump>;
}

/** Filters are MongoDB filters over the documents of format §2. `launchFilter` is applied to active Launches. */
export interface FindFireworks {
  fwIds?: FwId[];
  filter?: UserMap;
  launchFilter?: UserMap;
  workflowFilter?: UserMap;
  reservationId?: string;
  sort?: Sort;
  /** 0 or absent: no limit. */
  limit?: number;
  /** How much of each Firework is wanted. */
  fields: 'count' | 'ids' | 'summary' | 'launches' | 'all';
}

export interface Sort {
  field: 'created_on' | 'updated_on';
  direction: 'ascending' | 'descending';
}

export interface FoundFireworks {
  count: number;
  /** Empty for `count`. In the order asked for, else by fw_id. */
  fireworks: FoundFirework[];
}

/** `spec` only for `all` (else empty); `launchRecords` for `launches` and `all`, `archivedRecords` for `all`. */
export interface FoundFirework extends FireworkRecord {
  launchRecords: LaunchRecord[];
  archivedRecords: LaunchRecord[];
}

export interface FindWorkflows {
  /** Workflows that hold any of these Fireworks. */
  fwIds?: FwId[];
  filter?: UserMap;
  sort?: Sort;
  limit?: number;
  fields: 'count' | 'ids' | 'summary' | 'launches';
}

export interface FoundWorkflows {
  count: number;
  workflows: FoundWorkflow[];
}

/** For `ids` only `nodes` is filled. `launches` per Firework (oldest first) only for `launches`, without their actions. */
export interface FoundWorkflow extends WorkflowRecord {
  launches: Map<FwId, Omit<LaunchRecord, 'action'>[]>;
}

export interface WorkflowDump {
  workflow: WorkflowRecord;
  fireworks: FoundFirework[];
}
