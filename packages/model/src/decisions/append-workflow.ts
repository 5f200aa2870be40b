import type { Decision } from '../change.ts';
import { SkyrocketError } from '../errors.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { NewWorkflow } from '../records.ts';
import { carryOut, planAppend, refuseLateDetour } from './append.ts';
import { specModsOf } from './apply-action.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { refresh } from './refresh.ts';

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
 * @throws SkyrocketError BAD_USAGE, BAD_WORKFLOW, NOT_FOUND, NOT_ALLOWED; BAD_ACTION when what a parent hands on does not fit
 */
export function appendWorkflow(
  neighbourhood: Neighbourhood,
  request: AppendRequest,
): Decision<{ temporaryIds: Map<FwId, FwId> }> {
  const draft = new Draft(neighbourhood);
  if (request.parents.length === 0) {
    throw new SkyrocketError('BAD_USAGE', 'a Workflow is appended below Fireworks; name at least one');
  }
  const parents = draft.named(request.parents);
  refuseManyWorkflows(parents);
  const heirs = new Set<FwId>();
  for (const parent of request.detour ? parents : []) {
    refuseLateDetour(parent, draft.children(parent, 'children'));
    for (const child of parent.children) heirs.add(child);
  }
  const plan = planAppend(draft, {
    workflow: request.workflow,
    parents,
    heirs: [...heirs],
    specMods: request.pullSpecMods ? parents.flatMap((parent) => specModsOf(draft, parent)) : [],
  });
  const added = carryOut(draft, [plan])[0] ?? new Map<FwId, FireworkDraft>();
  refresh(draft, [...added.values()]);
  const temporaryIds = new Map([...added].map(([id, firework]) => [id, firework.fwId]));
  return draft.decide({ temporaryIds });
}

function refuseManyWorkflows(parents: readonly FireworkDraft[]): void {
  const [first] = parents;
  const stranger = parents.find((parent) => parent.workflow !== first?.workflow);
  if (!first || !stranger) return;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `Fireworks ${first.fwId} and ${stranger.fwId} are in different Workflows; append to one Workflow at a time`,
  );
}
