import type { Decision } from '../change.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { NewWorkflow } from '../records.ts';

export interface AppendRequest {
  workflow: NewWorkflow;
  /** All in one Workflow. */
  parents: FwId[];
  detour: boolean;
  /** Whether new roots receive update_spec and mod_spec of COMPLETED parents. */
  pullSpecMods: boolean;
}

/**
 * Adds Fireworks to a Workflow, below some of its Fireworks (format §13). `temporaryIds`: id in the given Workflow to
 * the id in the change.
 * @throws SkyrocketError BAD_WORKFLOW, NOT_FOUND, NOT_ALLOWED
 */
export function appendWorkflow(
  _neighbourhood: Neighbourhood,
  _request: AppendRequest,
): Decision<{ temporaryIds: Map<FwId, FwId> }> {
  throw new Error('not built yet');
}
