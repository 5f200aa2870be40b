import type { FWAction } from '../action.ts';
import { SkyrocketError } from '../errors.ts';
import type { FwId } from '../ids.ts';
import { orderedWorkflow } from '../insert.ts';
import { parentsOf } from '../links.ts';
import type { NewFirework, NewWorkflow } from '../records.ts';
import { applyActionToSpec } from '../spec-edits.ts';
import { STATE_RANK } from '../states.ts';
import type { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';

/** New Fireworks that are to be put below others. */
export interface Append {
  workflow: NewWorkflow;
  parents: readonly FireworkDraft[];
  /** Ids, in workflows that are added by the same action, of further parents. */
  newParents?: readonly FwId[];
  /** Children that each new leaf takes over: a detour. */
  heirs: readonly FwId[];
  /** What the new roots receive, one after another. */
  specMods: readonly Pick<FWAction, 'updateSpec' | 'modSpec'>[];
}

/** An Append that was checked and can be carried out. */
export interface AppendPlan extends Append {
  fireworks: NewFirework[];
  links: Map<FwId, FwId[]>;
  roots: ReadonlySet<FwId>;
}

/**
 * Checks an Append, without changing anything.
 * @throws SkyrocketError BAD_WORKFLOW, BAD_ACTION, NOT_ALLOWED
 */
export function planAppend(draft: Draft, append: Append): AppendPlan {
  const { fireworks, links } = orderedWorkflow(append.workflow);
  const parents = parentsOf(links);
  const roots = new Set(fireworks.map(({ fwId }) => fwId).filter((id) => !parents.has(id)));
  if (append.heirs.length > 0 && append.parents.length > 1) refuseCycle(draft, append);
  return {
    ...append,
    links,
    roots,
    fireworks: fireworks.map((firework) =>
      roots.has(firework.fwId)
        ? { ...firework, spec: append.specMods.reduce(applyActionToSpec, firework.spec) }
        : firework,
    ),
  };
}

/**
 * Adds what was planned, all Fireworks as one list, most negative id first: in this order FireWorks draws their ids. They
 * wait to be refreshed, as children of their parents. Returns, for each plan, its Fireworks by the ids they came with.
 */
export function carryOut(draft: Draft, plans: readonly AppendPlan[]): Map<FwId, FireworkDraft>[] {
  const fireworks = plans.flatMap((plan) => plan.fireworks.map((firework) => ({ plan, firework })));
  fireworks.sort((a, b) => a.firework.fwId - b.firework.fwId);
  const added = new Map(plans.map((plan) => [plan, new Map<FwId, FireworkDraft>()]));
  const addedByAny = new Map<FwId, FireworkDraft>();
  for (const { plan, firework } of fireworks) {
    const [home] = plan.parents;
    if (!home) continue;
    const draftOfIt = draft.add({ ...firework, state: stateWhenAdded(firework) }, home);
    added.get(plan)?.set(firework.fwId, draftOfIt);
    addedByAny.set(firework.fwId, draftOfIt);
  }
  for (const [plan, members] of added) linkPlan(draft, plan, members, addedByAny);
  return [...added.values()];
}

/** @throws SkyrocketError NOT_ALLOWED when a detour below this Firework would come too late for one of its children */
export function refuseLateDetour(parent: FireworkDraft, children: readonly FireworkDraft[]): void {
  const late = children.find((child) => STATE_RANK[child.state] > STATE_RANK.WAITING);
  if (!late) return;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `a detour below Firework ${parent.fwId} is not possible: its child ${late.fwId} is ${late.state}, and children must not be READY or further`,
  );
}

/** New Fireworks stand between their parents and their heirs, so that no heir may be above a parent. */
function refuseCycle(draft: Draft, { parents, heirs }: Append): void {
  const heirDrafts = heirs.map((id) => draft.firework(id)).filter((heir) => heir !== null);
  const below = new Set([...heirDrafts, ...draft.descendants(heirDrafts)]);
  const caught = parents.find((parent) => below.has(parent));
  if (!caught) return;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `the detour would form a cycle: Firework ${caught.fwId} is to be above it and below it`,
  );
}

function linkPlan(
  draft: Draft,
  plan: AppendPlan,
  members: ReadonlyMap<FwId, FireworkDraft>,
  addedByAny: ReadonlyMap<FwId, FireworkDraft>,
): void {
  for (const [id, member] of members) {
    const children = plan.links.get(id) ?? [];
    for (const child of children) draft.link(member, members.get(child)?.fwId ?? child);
    if (children.length === 0) for (const heir of plan.heirs) draft.link(member, heir);
  }
  const newParents = (plan.newParents ?? []).map((id) => addedByAny.get(id)).filter((at) => at !== undefined);
  for (const parent of [...plan.parents, ...newParents]) {
    for (const root of plan.roots) {
      const child = members.get(root);
      if (child) draft.link(parent, child.fwId);
    }
  }
}

function stateWhenAdded({ state }: NewFirework): NewFirework['state'] {
  return state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED' ? state : 'WAITING';
}
