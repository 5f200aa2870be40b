import type { AppendedWorkflow, FWAction } from '../action.ts';
import { SkyrocketError } from '../errors.ts';
import type { FwId } from '../ids.ts';
import type { NewWorkflow } from '../records.ts';
import { type Append, type AppendPlan, carryOut, planAppend, refuseLateDetour } from './append.ts';
import type { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import type { SpecDraft } from './spec-draft.ts';

/** An action that was checked and can be carried out, whole. */
export interface ActionPlan {
  firework: FireworkDraft;
  action: FWAction;
  specs: Map<FireworkDraft, SpecDraft>;
  appends: AppendPlan[];
}

/**
 * Works out what an action asks of the Workflow (format §5), without changing anything, so that an action with one bad
 * part has no effect at all.
 * @throws SkyrocketError BAD_ACTION, BAD_WORKFLOW, NOT_ALLOWED
 */
export function planAction(draft: Draft, firework: FireworkDraft, action: FWAction): ActionPlan {
  const specs = new Map<FireworkDraft, SpecDraft>();
  for (const receiver of receivers(draft, firework, action)) {
    const updated = receiver.spec.assign(action.updateSpec);
    specs.set(receiver, draft.modified(receiver, updated, action.modSpec));
  }
  return { firework, action, specs, appends: planAppends(draft, firework, action) };
}

/** Carries an action out, in FireWorks' order. New Fireworks and children are left to be refreshed. */
export function carryOutAction(draft: Draft, { firework, action, specs, appends }: ActionPlan): void {
  for (const [receiver, spec] of specs) receiver.spec = spec;
  if (action.defuseChildren) {
    for (const child of draft.children(firework, 'children')) draft.move(child, 'DEFUSED');
  }
  if (action.defuseWorkflow) {
    for (const member of draft.workflowOf(firework)) {
      if (member.state !== 'FIZZLED' && member.state !== 'COMPLETED') draft.move(member, 'DEFUSED');
    }
  }
  carryOut(draft, appends);
}

/** What new roots below a Firework receive from it: format §5, `append_wfs`. */
export function specModsOf(draft: Draft, parent: FireworkDraft): Append['specMods'] {
  const launch = draft.representativeLaunch(parent);
  if (parent.state !== 'COMPLETED' || launch?.state !== 'COMPLETED') return [];
  const action = draft.action(launch.launchId);
  return action ? [action] : [];
}

function receivers(draft: Draft, firework: FireworkDraft, action: FWAction): Iterable<FireworkDraft> {
  if (action.updateSpec.size === 0 && action.modSpec.length === 0) return [];
  return action.propagate ? draft.descendants([firework]) : draft.children(firework, 'children');
}

function planAppends(draft: Draft, firework: FireworkDraft, action: FWAction): AppendPlan[] {
  const heirs = [...firework.children];
  const detours = action.appendWorkflows.some(({ detour }) => detour) || action.detours.length > 0;
  if (detours && !action.defuseChildren)
    refuseLateDetour(firework, heirsAfterDefusing(draft, firework, action));
  const plans: AppendPlan[] = [];
  const plan = (workflow: NewWorkflow, append: Omit<Append, 'workflow'>) => {
    plans.push(planAppend(draft, { workflow, ...append }));
  };
  for (const workflow of action.detours) plan(workflow, { parents: [firework], heirs, specMods: [] });
  for (const appended of action.appendWorkflows) {
    const { parents, newParents } = parentsOfAppended(draft, firework, appended, plans);
    const others = parents.flatMap((parent) => (parent === firework ? [] : specModsOf(draft, parent)));
    plan(appended.workflow, {
      parents,
      newParents,
      heirs: appended.detour ? heirs : [],
      specMods: [action, ...others],
    });
  }
  for (const workflow of action.additions) plan(workflow, { parents: [firework], heirs: [], specMods: [] });
  return plans;
}

function heirsAfterDefusing(draft: Draft, firework: FireworkDraft, action: FWAction): FireworkDraft[] {
  const children = draft.children(firework, 'children');
  return action.defuseWorkflow ? children.filter(({ state }) => state === 'COMPLETED') : children;
}

/** @throws SkyrocketError BAD_ACTION when a parent is not in the Workflow */
function parentsOfAppended(
  draft: Draft,
  firework: FireworkDraft,
  appended: AppendedWorkflow,
  before: readonly AppendPlan[],
): { parents: FireworkDraft[]; newParents: FwId[] } {
  const parents = new Set([firework]);
  const newParents: FwId[] = [];
  for (const id of new Set(appended.parents)) {
    const isNew = id < 0 && before.some((plan) => plan.fireworks.some((added) => added.fwId === id));
    const parent = id < 0 ? null : draft.firework(id);
    if (isNew) {
      newParents.push(id);
    } else if (parent?.workflow === firework.workflow) {
      parents.add(parent);
    } else if (parent || id < 0 || draft.given.absent.has(id)) {
      throw new SkyrocketError(
        'BAD_ACTION',
        `append_wfs: the parent ${id} is no Firework of the Workflow of Firework ${firework.fwId}`,
      );
    }
  }
  return { parents: [...parents], newParents };
}
