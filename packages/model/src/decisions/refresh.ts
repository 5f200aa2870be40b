import type { FWAction } from '../action.ts';
import type { Decision } from '../change.ts';
import { isSkyrocketError } from '../errors.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { State } from '../states.ts';
import { type ActionPlan, carryOutAction, planAction } from './apply-action.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { noteFizzledParents } from './fizzled-parents.ts';

/** Brings Fireworks to the state that their parents and Launches give them (format §3.2), and what follows from it. */
export function refreshFireworks(
  neighbourhood: Neighbourhood,
  request: { fwIds: FwId[] },
): Decision<{ changed: FwId[] }> {
  const draft = new Draft(neighbourhood);
  const fireworks = draft.named(request.fwIds);
  const before = fireworks.map(({ state }) => state);
  refresh(draft, fireworks);
  const changed = fireworks.filter(({ state }, index) => state !== before[index]);
  return draft.decide({ changed: changed.map(({ fwId }) => fwId) });
}

/** A Firework whose action could not be applied, and why. */
export type BadActions = ReadonlyMap<FwId, string>;

/**
 * Refreshes Fireworks, and the children of each that becomes COMPLETED or FIZZLED, depth first as FireWorks does, with
 * a stack of our own, since a chain may be longer than the engine's.
 */
export function refresh(draft: Draft, fireworks: readonly FireworkDraft[]): BadActions {
  const badActions = new Map<FwId, string>();
  const pending = [fireworks.values()];
  for (let level = pending.at(-1); level; level = pending.at(-1)) {
    const { value: firework, done } = level.next();
    if (done) {
      pending.pop();
    } else if (refreshOne(draft, firework, badActions)) {
      const beyond = pending.length === 1 ? 'children' : 'descendants';
      pending.push(draft.children(firework, beyond).values());
    }
  }
  return badActions;
}

/** Returns whether the children are to be refreshed too. */
function refreshOne(draft: Draft, firework: FireworkDraft, badActions: Map<FwId, string>): boolean {
  const before = firework.state;
  if (before === 'DEFUSED' || before === 'PAUSED' || before === 'ARCHIVED') return false;
  const { state, action } = ruled(draft, firework);
  if (state === before) return false;
  if (action) complete(draft, firework, action, badActions);
  else draft.move(firework, state);
  return firework.state !== before && (firework.state === 'COMPLETED' || firework.state === 'FIZZLED');
}

/** What parents and Launches say of a Firework; with the action where that is COMPLETED. */
function ruled(draft: Draft, firework: FireworkDraft): { state: State; action: FWAction | null } {
  if (!firework.parentsDone) return { state: 'WAITING', action: null };
  noteFizzledParents(draft, firework);
  const launch = draft.representativeLaunch(firework);
  const completed = launch?.state === 'COMPLETED' && firework.state !== 'COMPLETED';
  return { state: launch?.state ?? 'READY', action: completed ? draft.action(launch.launchId) : null };
}

function complete(
  draft: Draft,
  firework: FireworkDraft,
  action: FWAction,
  badActions: Map<FwId, string>,
): void {
  const plan = planOrReason(draft, firework, action);
  if (typeof plan === 'string') {
    badActions.set(firework.fwId, plan);
    if (firework.state === 'FIZZLED') return;
    firework.spec = firework.spec.assign(new Map([['_exception_details', new Map([['_message', plan]])]]));
    draft.move(firework, 'FIZZLED');
    return;
  }
  if (firework.state === 'FIZZLED') firework.spec = firework.spec.remove('_exception_details');
  draft.move(firework, 'COMPLETED');
  carryOutAction(draft, plan);
}

function planOrReason(draft: Draft, firework: FireworkDraft, action: FWAction): ActionPlan | string {
  try {
    return planAction(draft, firework, action);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    if (error.code !== 'BAD_ACTION' && error.code !== 'BAD_WORKFLOW' && error.code !== 'NOT_ALLOWED') {
      throw error;
    }
    return error.message;
  }
}
