import type { FWAction } from '../action.ts';
import { type Change, type Decision, emptyChange, type LaunchChange } from '../change.ts';
import { SkyrocketError } from '../errors.ts';
import { type FwId, fwId, type LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { NewFirework } from '../records.ts';
import { type LaunchState, STATE_RANK, type State } from '../states.ts';
import { mayMove } from '../transitions.ts';
import type { UserMap } from '../user-data.ts';
import { FireworkDraft } from './firework-draft.ts';
import { Needed } from './needed.ts';
import { pauseReasonKey } from './pause-reason.ts';
import type { SpecDraft } from './spec-draft.ts';

/**
 * A Neighbourhood as it is after the steps that a decision has taken so far. Each step sees what those before it did;
 * in the end the difference is the {@link Change}. What is not loaded is noted in {@link needed}, and the step goes on
 * with its best guess, so that a decision misses as much as it can at once; what it then says is dropped.
 *
 * The parents' tallies are kept by moving: whoever changes state or gets a link tells its children, as far as they are
 * loaded. So a step costs what it touches, however large the Workflow is.
 */
export class Draft {
  readonly given: Neighbourhood;
  readonly needed = new Needed();
  readonly #fireworks = new Map<FwId, FireworkDraft>();
  readonly #launchStates = new Map<LaunchId, LaunchState>();
  readonly #launchChanges = new Map<LaunchId, LaunchChange>();
  readonly #added: FireworkDraft[] = [];
  readonly #links: { parent: FwId; child: FwId }[] = [];

  constructor(given: Neighbourhood) {
    this.given = given;
  }

  /** Null when there is no such Firework, or when it must be loaded first. */
  firework(id: FwId): FireworkDraft | null {
    const firework = this.peek(id);
    if (!firework && !this.given.absent.has(id)) this.needed.nodes.add(id);
    return firework;
  }

  /** A Firework if it is loaded. */
  peek(id: FwId): FireworkDraft | null {
    const known = this.#fireworks.get(id);
    if (known) return known;
    const node = this.given.nodes.get(id);
    if (!node) return null;
    for (const { launchId, state } of node.launches) {
      if (!this.#launchStates.has(launchId)) this.#launchStates.set(launchId, state);
    }
    const firework = FireworkDraft.ofStored(node);
    this.#fireworks.set(id, firework);
    return firework;
  }

  /**
   * The Fireworks that a user named, each once; those that must be loaded first are left out.
   * @throws SkyrocketError NOT_FOUND when one does not exist
   */
  named(ids: readonly FwId[]): FireworkDraft[] {
    const absent = [...new Set(ids)].filter((id) => this.given.absent.has(id));
    if (absent.length > 0) {
      throw new SkyrocketError('NOT_FOUND', `there is no Firework with the fw_id ${absent.join(', ')}`);
    }
    return [...new Set(ids)].map((id) => this.firework(id)).filter((firework) => firework !== null);
  }

  /** The children that are loaded. `beyond`: what to load when some are not. */
  children(parent: FireworkDraft, beyond: 'children' | 'descendants'): FireworkDraft[] {
    const children: FireworkDraft[] = [];
    for (const id of parent.children) {
      const child = this.peek(id);
      if (child) children.push(child);
      else if (this.given.absent.has(id)) continue;
      else if (beyond === 'descendants' && !parent.added) this.needed.descendantsOf.add(parent.fwId);
      else this.needed.nodes.add(id);
    }
    return children;
  }

  /** All Fireworks below some others, each once, parents of a path before children. */
  descendants(above: readonly FireworkDraft[]): Set<FireworkDraft> {
    const found = new Set<FireworkDraft>();
    const pending = [...above];
    for (let parent = pending.pop(); parent; parent = pending.pop()) {
      for (const child of this.children(parent, 'descendants').reverse()) {
        if (found.has(child)) continue;
        found.add(child);
        pending.push(child);
      }
    }
    return found;
  }

  /** All Fireworks of the Workflow that a Firework belongs to. */
  workflowOf(firework: FireworkDraft): FireworkDraft[] {
    const { workflow } = firework;
    if (!this.given.wholeWorkflows.has(workflow)) this.needed.wholeWorkflows.add(workflow);
    for (const node of this.given.nodes.values()) if (node.workflow === workflow) this.peek(node.fwId);
    return [...this.#fireworks.values()].filter((member) => member.workflow === workflow);
  }

  /** Moves a Firework to another state, and tells its children. */
  move(firework: FireworkDraft, to: State): void {
    const from = firework.state;
    if (from === to) return;
    if (!mayMove(from, to)) throw new Error(`Firework ${firework.fwId} may not go from ${from} to ${to}`);
    firework.state = to;
    if (from === 'PAUSED') firework.spec = firework.spec.remove(pauseReasonKey);
    const completed = Number(to === 'COMPLETED') - Number(from === 'COMPLETED');
    const fizzled = Number(to === 'FIZZLED') - Number(from === 'FIZZLED');
    if (completed === 0 && fizzled === 0) return;
    for (const id of firework.children) {
      const child = this.peek(id);
      if (!child) continue;
      child.parents.completed += completed;
      child.parents.fizzled += fizzled;
      if (fizzled > 0) child.freshFizzledParents.push(firework.fwId);
    }
  }

  /** Adds a Firework to the Workflow of another; its id becomes one that is unique in the change. */
  add(firework: NewFirework, to: FireworkDraft): FireworkDraft {
    const renumbered = { ...firework, fwId: fwId(-1 - this.#added.length) };
    const draft = FireworkDraft.ofAdded(renumbered, to);
    this.#added.push(draft);
    this.#fireworks.set(draft.fwId, draft);
    return draft;
  }

  /** Links two Fireworks that are not linked yet. */
  link(parent: FireworkDraft, child: FwId): void {
    parent.addChild(child);
    this.#links.push({ parent: parent.fwId, child });
    const draft = this.peek(child);
    if (!draft) return;
    draft.parents.total += 1;
    if (parent.state === 'COMPLETED') draft.parents.completed += 1;
    if (parent.state === 'FIZZLED') {
      draft.parents.fizzled += 1;
      draft.freshFizzledParents.push(parent.fwId);
    }
  }

  /** The active Launch that stands for a Firework: the first of the highest rank (format §3.2 rule 3). */
  representativeLaunch(firework: FireworkDraft): { launchId: LaunchId; state: LaunchState } | null {
    let best: { launchId: LaunchId; state: LaunchState } | null = null;
    for (const launchId of firework.launches) {
      const state = this.launchState(launchId);
      if (state && (!best || STATE_RANK[state] > STATE_RANK[best.state])) best = { launchId, state };
    }
    return best;
  }

  /** The Fireworks that hold a Launch as active: the one that made it and duplicates that share it (format §12.2). */
  holdersOf(launch: LaunchId, maker: FireworkDraft): FireworkDraft[] {
    const sharers = maker.sharers.map((id) => this.firework(id)).filter((sharer) => sharer !== null);
    return [maker, ...sharers].filter((holder) => holder.launches.includes(launch));
  }

  /** Undefined for a Launch that no loaded Firework holds as active. */
  launchState(launch: LaunchId): LaunchState | undefined {
    return this.#launchChanges.get(launch)?.state ?? this.#launchStates.get(launch);
  }

  launchChange(launch: LaunchId): LaunchChange | undefined {
    return this.#launchChanges.get(launch);
  }

  /** Writes a Launch; one decision ends a Launch only once. */
  changeLaunch(launch: LaunchId, change: LaunchChange): void {
    if (this.#launchChanges.has(launch)) throw new Error(`Launch ${launch} is changed twice`);
    this.#launchChanges.set(launch, change);
  }

  /** Null when it must be loaded first. */
  action(launch: LaunchId): FWAction | null {
    const action = this.#launchChanges.get(launch)?.action ?? this.given.actions.get(launch);
    if (!action) this.needed.actions.add(launch);
    return action ?? null;
  }

  /** The spec under the edits of a Firework; null when it must be loaded first. */
  storedSpec(firework: FireworkDraft): UserMap | null {
    const spec = firework.added ? firework.added.spec : this.given.specs.get(firework.fwId);
    if (!spec) this.needed.specs.add(firework.fwId);
    return spec ?? null;
  }

  /** A spec after operators of `mod_spec`, not yet taken over. @throws SkyrocketError BAD_ACTION */
  modified(firework: FireworkDraft, spec: SpecDraft, mods: readonly UserMap[]): SpecDraft {
    if (mods.length === 0) return spec;
    const stored = this.storedSpec(firework);
    return stored ? spec.modify(stored, mods) : spec;
  }

  /** The decision: what is needed if anything was missed, else what changed. */
  decide<Outcome>(outcome: Outcome): Decision<Outcome> {
    const { needs } = this.needed;
    return needs ? { kind: 'needs', needs } : { kind: 'change', change: this.#change(), outcome };
  }

  #change(): Change {
    const change = emptyChange();
    for (const firework of this.#fireworks.values()) {
      const changed = firework.change;
      if (changed) change.fireworks.set(firework.fwId, changed);
    }
    for (const [launch, changed] of this.#launchChanges) change.launches.set(launch, changed);
    for (const { added, joins, state, spec } of this.#added) {
      if (added) change.added.push({ firework: { ...added, state, spec: spec.over(added.spec) }, joins });
    }
    change.links.push(...this.#links);
    return change;
  }
}
