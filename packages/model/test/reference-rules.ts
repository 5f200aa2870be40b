import type { FWAction } from '@skyrocket/model/action';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { orderedWorkflow } from '@skyrocket/model/insert';
import { findCycle, parentsOf } from '@skyrocket/model/links';
import type { NewWorkflow } from '@skyrocket/model/records';
import { applyActionToSpec } from '@skyrocket/model/spec-edits';
import { STATE_RANK, type State } from '@skyrocket/model/states';
import type { UserValue } from '@skyrocket/model/user-data';
import { allowsFizzledParents, type Firework, type ReferenceWorld } from './reference-world.ts';

/** What a Firework hands to others. */
export type Gift = Pick<FWAction, 'updateSpec' | 'modSpec'>;

/** A Workflow that is put below Fireworks, and above their `heirs`; its roots receive `gifts`. */
export interface Addition {
  workflow: NewWorkflow;
  parents: FwId[];
  heirs: FwId[];
  gifts: Gift[];
}

/** The rules of format §3.2 and §5. */
export class ReferenceRules {
  readonly #all: ReferenceWorld;

  constructor(all: ReferenceWorld) {
    this.#all = all;
  }

  // States (format §3.2)

  refresh(firework: Firework): void {
    const { state } = firework;
    if (state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED') return;
    const parents = this.#all.parents(firework);
    const done = allowsFizzledParents(firework) ? ['COMPLETED', 'FIZZLED'] : ['COMPLETED'];
    let ruled: State = 'WAITING';
    if (parents.every((parent) => done.includes(parent.state))) {
      this.#noteFizzledParents(firework, parents);
      ruled = this.#all.bestLaunch(firework)?.state ?? 'READY';
    }
    if (ruled === state) return;
    if (ruled === 'COMPLETED') this.#complete(firework);
    else firework.state = ruled;
    if (firework.state === state) return;
    if (firework.state !== 'COMPLETED' && firework.state !== 'FIZZLED') return;
    for (const child of [...firework.children]) this.refresh(this.#all.firework(child));
  }

  #noteFizzledParents(firework: Firework, parents: Firework[]): void {
    const fizzled = parents.filter((parent) => parent.state === 'FIZZLED');
    if (fizzled.length === 0 || firework.spec.has('_fizzled_parents')) return;
    const documents = fizzled.map(({ fwId: id, state, launches }) => {
      const states = launches.map((launch) => new Map([['state', this.#all.launch(launch).state]]));
      return new Map<string, UserValue>([
        ['fw_id', id],
        ['state', state],
        ['launches', states],
      ]);
    });
    firework.spec.set('_fizzled_parents', documents);
  }

  /** COMPLETED, and its action applied; or FIZZLED, when the action does not fit. */
  #complete(firework: Firework): void {
    const before = this.#all.copy();
    const action = this.#all.bestLaunch(firework)?.action;
    try {
      if (firework.state === 'FIZZLED') firework.spec.delete('_exception_details');
      firework.state = 'COMPLETED';
      if (action) this.#apply(firework, action);
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
      this.#all.restore(before);
      if (firework.state !== 'FIZZLED') firework.spec.set('_exception_details', error.message);
      firework.state = 'FIZZLED';
    }
  }

  // Actions (format §5)

  #apply(firework: Firework, action: FWAction): void {
    const children = [...firework.children];
    for (const id of action.propagate ? this.#all.below(firework) : children) {
      const receiver = this.#all.firework(id);
      receiver.spec = applyActionToSpec(receiver.spec, action);
    }
    if (action.defuseChildren) for (const id of children) this.hold(this.#all.firework(id), 'DEFUSED');
    if (action.defuseWorkflow) {
      for (const member of this.#all.members(firework)) {
        if (member.state !== 'COMPLETED' && member.state !== 'FIZZLED') this.hold(member, 'DEFUSED');
      }
    }
    const here = { parents: [firework.fwId], heirs: [] as FwId[], gifts: [] as Gift[] };
    this.addBelow(
      firework,
      [
        ...action.detours.map((workflow) => ({ ...here, workflow, heirs: children })),
        ...action.appendWorkflows.map(({ workflow, detour, parents }) => ({
          workflow,
          parents: [...new Set([firework.fwId, ...parents])],
          heirs: detour ? children : [],
          gifts: [action, ...parents.filter((id) => id !== firework.fwId).flatMap((id) => this.gifts(id))],
        })),
        ...action.additions.map((workflow) => ({ ...here, workflow })),
      ],
      action.detours.length > 0 || action.appendWorkflows.some(({ detour }) => detour) ? [firework] : [],
    );
  }

  /** What a COMPLETED Firework hands to Fireworks that are appended below it. */
  gifts(id: FwId): Gift[] {
    const firework = this.#all.fireworks.get(id);
    const launch = firework && this.#all.bestLaunch(firework);
    return firework?.state === 'COMPLETED' && launch?.state === 'COMPLETED' && launch.action
      ? [launch.action]
      : [];
  }

  /** Adds Workflows to that of a Firework, most negative id first. `detoured`: whose old children must not have begun. */
  addBelow(home: Firework, additions: Addition[], detoured: Firework[]): void {
    for (const parent of detoured) {
      const late = parent.children
        .map((id) => this.#all.firework(id))
        .find((one) => STATE_RANK[one.state] > 1);
      if (late) throw new SkyrocketError('NOT_ALLOWED', `${late.fwId} has begun`);
    }
    const prepared = additions.map((addition) => ({ ...addition, ...orderedWorkflow(addition.workflow) }));
    const drawn = prepared.flatMap(({ fireworks }) => fireworks).sort((a, b) => a.fwId - b.fwId);
    const ids = new Map<FwId, FwId>();
    for (const { fwId: id, spec, state } of drawn) {
      const held = state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED';
      ids.set(id, this.#all.store({ spec, state: held ? state : 'WAITING' }, home.workflow));
    }
    const known = new Set<FwId>();
    for (const { fireworks, links, parents, heirs, gifts } of prepared) {
      const below = parentsOf(links);
      for (const { fwId: id, spec } of fireworks) {
        const stored = this.#all.firework(mapped(ids, id));
        const children = (links.get(id) ?? []).map((child) => mapped(ids, child));
        stored.children = children.length > 0 ? children : [...heirs];
        if (below.has(id)) continue;
        stored.spec = new Map(gifts.reduce(applyActionToSpec, spec));
        for (const parent of parents)
          this.#member(home, parent < 0 && known.has(parent) ? mapped(ids, parent) : parent).children.push(
            stored.fwId,
          );
      }
      for (const { fwId: id } of fireworks) known.add(id);
    }
    const cycle = findCycle(new Map(this.#all.members(home).map((one) => [one.fwId, one.children])));
    if (cycle) throw new SkyrocketError('NOT_ALLOWED', 'a cycle');
  }

  #member(home: Firework, id: FwId): Firework {
    const firework = this.#all.fireworks.get(id);
    if (firework?.workflow === home.workflow) return firework;
    throw new SkyrocketError('BAD_ACTION', `${id} is not in the Workflow`);
  }

  hold(firework: Firework, state: 'DEFUSED' | 'ARCHIVED'): void {
    if (firework.state === 'PAUSED') firework.spec.delete('_pause_reason');
    firework.state = state;
  }
}

export function mapped(ids: ReadonlyMap<FwId, FwId>, id: FwId): FwId {
  const stored = ids.get(id);
  if (stored === undefined) throw new SkyrocketError('BAD_WORKFLOW', `${id} is in no Workflow`);
  return stored;
}
