import type { FwId } from './ids.ts';
import type { NewWorkflow } from './records.ts';
import type { UserMap } from './user-data.ts';

/** What a Firetask, and in sum a Launch, asks of the workflow: format §5. */
export interface FWAction {
  storedData: UserMap;
  exit: boolean;
  updateSpec: UserMap;
  /** Each mapping holds operators: `{_push: {key: value}}`. */
  modSpec: UserMap[];
  additions: NewWorkflow[];
  detours: NewWorkflow[];
  appendWorkflows: AppendedWorkflow[];
  defuseChildren: boolean;
  defuseWorkflow: boolean;
  propagate: boolean;
}

/** An element of `append_wfs`. */
export interface AppendedWorkflow {
  workflow: NewWorkflow;
  detour: boolean;
  /** Further parents, beside the Firework that returns the action. */
  parents: FwId[];
}

export function emptyAction(): FWAction {
  return {
    storedData: new Map(),
    exit: false,
    updateSpec: new Map(),
    modSpec: [],
    additions: [],
    detours: [],
    appendWorkflows: [],
    defuseChildren: false,
    defuseWorkflow: false,
    propagate: false,
  };
}
