import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { NewWorkflow } from '@skyrocket/model/records';
import type { Keyed, OnFireworks } from './keyed.ts';

/** How Workflows come and go. */
export interface Workflows {
  addWorkflows(request: AddWorkflows): Promise<{ idMaps: IdMap[] }>;
  appendWorkflow(request: AppendWorkflow): Promise<{ idMap: IdMap }>;
  deleteWorkflows(request: DeleteWorkflows): Promise<DeletedWorkflows>;
  reset(request: Keyed): Promise<void>;
}

/** Old id (of the file) to stored id. */
export type IdMap = Map<FwId, FwId>;

export interface AddWorkflows extends Keyed {
  workflows: NewWorkflow[];
}

export interface AppendWorkflow extends Keyed {
  workflow: NewWorkflow;
  /** All in one Workflow. */
  parents: FwId[];
  detour: boolean;
  /** Whether new roots receive update_spec and mod_spec of COMPLETED parents. */
  pullSpecMods: boolean;
}

export interface DeleteWorkflows extends OnFireworks {}

export interface DeletedWorkflows {
  fwIds: FwId[];
  launchIds: LaunchId[];
  /** Launch directories of the deleted Launches, for the caller to remove if the user asked for it. */
  launchDirs: string[];
}
