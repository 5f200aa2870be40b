import type { FWAction } from '@skyrocket/model/action';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { orderedWorkflow, prepareWorkflow } from '@skyrocket/model/insert';
import { findCycle, parentsOf } from '@skyrocket/model/links';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import { applyActionToSpec } from '@skyrocket/model/spec-edits';
import { readAssignments, updatedSpec } from '@skyrocket/model/spec-update';
import { type LaunchState, STATE_RANK, type State } from '@skyrocket/model/states';
import { isTruthy, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { LaunchpadView } from './generators.ts';
import type { LaunchEnding, Operation } from './operations.ts';
import { fireworkPicture } from './picture.ts';

/**
 * What a launchpad does, written the plainest way: everything is in memory, whatever is asked is worked out from all of
 * it, one Firework after another, by recursion. Slow and short, so that it can be compared with the format reference
 * (§3, §5) by reading, and with the real decisions and stores by running.
 */
export class ReferenceModel {
  #all: World = { fireworks: new Map(), launches: new Map(), workflows: 0 };

  /** Does an operation; false when it must be refused (a user's mistake), and then nothing changes. */
  do(operation: Operation): boolean {
    const before = structuredCopy(this.#all);
    try {
      new Step(this.#all).do(operation);
      return true;
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
      this.#all = before;
      return false;
    }
  }

  view(): LaunchpadView {
    const { fireworks, launches } = this.#all;
    return {
      fireworks: [...fireworks.values()].map((one) => ({ ...one, dupefinder: one.spec.has('_dupefinder') })),
      launches: [...launches].map(([id, { fwId: maker, state }]) => ({
        launchId: id,
        fwId: maker,
        state,
        stands: fireworks.get(maker)?.launches.includes(id) === true,
      })),
    };
  }

  /** Every Firework as comparable text, by fw_id. */
  fireworks(): Record<number, string> {
    return Object.fromEntries([...this.#all.fireworks].map(([id, one]) => [id, fireworkPicture(one)]));
  }

  /** Every Launch's state, by launch_id. */
  launches(): Record<number, LaunchState> {
    return Object.fromEntries([...this.#all.launches].map(([id, { state }]) => [id, state]));
  }

  /** Every Workflow's state (format §3.4), by the smallest fw_id in it. */
  workflows(): Record<number, State> {
    const fireworks = [...this.#all.fireworks.values()];
    const firsts = fireworks.filter(
      (one) => fireworks.find(({ workflow }) => workflow === one.workflow) === one,
    );
    return Object.fromEntries(
      firsts.map((first) => [
        first.fwId,
        stateOfWorkflow(fireworks.filter(({ workflow }) => workflow === first.workflow)),
      ]),
    );
  }
}

interface Firework {
  fwId: FwId;
  workflow: string;
  state: State;
  spec: UserMap;
  children: FwId[];
  launches: LaunchId[];
  archivedLaunches: LaunchId[];
}

interface Launch {
  fwId: FwId;
  state: LaunchState;
  action: FWAction | null;
  lost: boolean;
}

interface World {
  fireworks: Map<FwId, Firework>;
  launches: Map<LaunchId, Launch>;
  workflows: number;
}

function structuredCopy({ fireworks, launches, workflows }: World): World {
  const copies = [...fireworks.values()].map((one) => ({
    ...one,
    spec: new Map(one.spec),
    children: [...one.children],
    launches: [...one.launches],
    archivedLaunches: [...one.archivedLaunches],
  }));
  return {
    fireworks: new Map(copies.map((one) => [one.fwId, one])),
    launches: new Map([...launches].map(([id, one]) => [id, { ...one }])),
    workflows,
  };
}

/** One operation on a world. */
class Step {
  readonly #all: World;
  /** Who shared Launches before the operation began. */
  readonly #sharers: ReadonlyMap<FwId, FwId[]>;
  readonly #ended = new Set<LaunchId>();

  constructor(all: World) {
    this.#all = all;
    const fireworks = [...all.fireworks.values()];
    this.#sharers = new Map(
      fireworks.map((one) => [
        one.fwId,
        fireworks.filter((other) => other !== one && sharesLaunch(one, other)).map((other) => other.fwId),
      ]),
    );
  }

  do(operation: Operation): void {
    switch (operation.kind) {
      case 'add':
        this.#addWorkflow(operation.workflow);
        break;
      case 'claim':
        this.#claim(operation.fwId);
        break;
      case 'start':
        this.#start(operation.launchId);
        break;
      case 'finish':
        for (const end of operation.ends) this.#finish(end);
        break;
      case 'lose':
        this.#lose(operation.launchId, operation.afterwards);
        break;
      case 'release':
        this.#release(operation.launchId, operation.workersThatCannotImport);
        break;
      case 'take-over':
        this.#takeOver(operation);
        break;
      case 'append':
        this.#append(operation);
        break;
      default:
        for (const id of operation.fwIds) this.#decide(operation, this.#firework(id));
    }
  }

  #decide(operation: OnFireworks, firework: Firework): void {
    const { state } = firework;
    switch (operation.kind) {
      case 'pause':
        if (state === 'WAITING' || state === 'READY' || state === 'RESERVED') firework.state = 'PAUSED';
        break;
      case 'resume':
        if (state === 'PAUSED') this.#free(firework);
        break;
      case 'reignite':
        if (state === 'DEFUSED') this.#free(firework);
        break;
      case 'defuse':
        this.#defuse(firework);
        break;
      case 'rerun':
        this.#rerun(firework);
        break;
      case 'refresh':
        this.#refresh(firework);
        break;
      case 'archive':
        this.#archive(firework);
        break;
      case 'update':
        this.#update(firework, operation.set);
        break;
    }
  }

  // States (format §3.2)

  #refresh(firework: Firework): void {
    const { state } = firework;
    if (state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED') return;
    const parents = this.#parents(firework);
    const done = this.#allows(firework) ? ['COMPLETED', 'FIZZLED'] : ['COMPLETED'];
    let ruled: State = 'WAITING';
    if (parents.every((parent) => done.includes(parent.state))) {
      this.#noteFizzledParents(firework, parents);
      ruled = this.#bestLaunch(firework)?.state ?? 'READY';
    }
    if (ruled === state) return;
    if (ruled === 'COMPLETED') this.#complete(firework);
    else firework.state = ruled;
    if (firework.state === state) return;
    if (firework.state !== 'COMPLETED' && firework.state !== 'FIZZLED') return;
    for (const child of [...firework.children]) this.#refresh(this.#firework(child));
  }

  #noteFizzledParents(firework: Firework, parents: Firework[]): void {
    const fizzled = parents.filter((parent) => parent.state === 'FIZZLED');
    if (fizzled.length === 0 || firework.spec.has('_fizzled_parents')) return;
    const documents = fizzled.map(({ fwId: id, state, launches }) => {
      const states = launches.map((launch) => new Map([['state', this.#launch(launch).state]]));
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
    const before = structuredCopy(this.#all);
    const action = this.#bestLaunch(firework)?.action;
    try {
      if (firework.state === 'FIZZLED') firework.spec.delete('_exception_details');
      firework.state = 'COMPLETED';
      if (action) this.#apply(firework, action);
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
      this.#restore(before);
      if (firework.state !== 'FIZZLED') firework.spec.set('_exception_details', error.message);
      firework.state = 'FIZZLED';
    }
  }

  #restore(before: World): void {
    for (const id of this.#all.fireworks.keys())
      if (!before.fireworks.has(id)) this.#all.fireworks.delete(id);
    for (const [id, one] of before.fireworks) Object.assign(this.#firework(id), one);
  }

  // Actions (format §5)

  #apply(firework: Firework, action: FWAction): void {
    const children = [...firework.children];
    for (const id of action.propagate ? this.#below(firework) : children) {
      const receiver = this.#firework(id);
      receiver.spec = applyActionToSpec(receiver.spec, action);
    }
    if (action.defuseChildren) for (const id of children) this.#hold(this.#firework(id), 'DEFUSED');
    if (action.defuseWorkflow) {
      for (const member of this.#members(firework)) {
        if (member.state !== 'COMPLETED' && member.state !== 'FIZZLED') this.#hold(member, 'DEFUSED');
      }
    }
    const here = { parents: [firework.fwId], heirs: [] as FwId[], gifts: [] as Gift[] };
    this.#addBelow(
      firework,
      [
        ...action.detours.map((workflow) => ({ ...here, workflow, heirs: children })),
        ...action.appendWorkflows.map(({ workflow, detour, parents }) => ({
          workflow,
          parents: [...new Set([firework.fwId, ...parents])],
          heirs: detour ? children : [],
          gifts: [action, ...parents.filter((id) => id !== firework.fwId).flatMap((id) => this.#gifts(id))],
        })),
        ...action.additions.map((workflow) => ({ ...here, workflow })),
      ],
      action.detours.length > 0 || action.appendWorkflows.some(({ detour }) => detour) ? [firework] : [],
    );
  }

  /** What a COMPLETED Firework hands to Fireworks that are appended below it. */
  #gifts(id: FwId): Gift[] {
    const firework = this.#all.fireworks.get(id);
    const launch = firework && this.#bestLaunch(firework);
    return firework?.state === 'COMPLETED' && launch?.state === 'COMPLETED' && launch.action
      ? [launch.action]
      : [];
  }

  /** Adds Workflows to that of a Firework, most negative id first. `detoured`: whose old children must not have begun. */
  #addBelow(home: Firework, additions: Addition[], detoured: Firework[]): void {
    for (const parent of detoured) {
      const late = parent.children.map((id) => this.#firework(id)).find((one) => STATE_RANK[one.state] > 1);
      if (late) throw new SkyrocketError('NOT_ALLOWED', `${late.fwId} has begun`);
    }
    const prepared = additions.map((addition) => ({ ...addition, ...orderedWorkflow(addition.workflow) }));
    const drawn = prepared.flatMap(({ fireworks }) => fireworks).sort((a, b) => a.fwId - b.fwId);
    const ids = new Map<FwId, FwId>();
    for (const { fwId: id, spec, state } of drawn) {
      const held = state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED';
      ids.set(id, this.#store({ spec, state: held ? state : 'WAITING' }, home.workflow));
    }
    const known = new Set<FwId>();
    for (const { fireworks, links, parents, heirs, gifts } of prepared) {
      const below = parentsOf(links);
      for (const { fwId: id, spec } of fireworks) {
        const stored = this.#firework(mapped(ids, id));
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
    const cycle = findCycle(new Map(this.#members(home).map((one) => [one.fwId, one.children])));
    if (cycle) throw new SkyrocketError('NOT_ALLOWED', 'a cycle');
  }

  #member(home: Firework, id: FwId): Firework {
    const firework = this.#all.fireworks.get(id);
    if (firework?.workflow === home.workflow) return firework;
    throw new SkyrocketError('BAD_ACTION', `${id} is not in the Workflow`);
  }

  // What workers tell

  #claim(id: FwId): void {
    const launch = launchId(this.#all.launches.size + 1);
    this.#all.launches.set(launch, { fwId: id, state: 'RESERVED', action: null, lost: false });
    const firework = this.#firework(id);
    firework.launches.push(launch);
    firework.state = 'RESERVED';
  }

  #start(id: LaunchId): void {
    const launch = this.#launch(id);
    launch.state = 'RUNNING';
    this.#firework(launch.fwId).state = 'RUNNING';
  }

  #finish({ launchId: id, state, action }: LaunchEnding): void {
    const launch = this.#launch(id);
    const closed =
      launch.state === 'COMPLETED' || (launch.state === 'FIZZLED' && state === 'FIZZLED' && !launch.lost);
    if (closed || this.#ended.has(id)) return;
    this.#ended.add(id);
    Object.assign(launch, { state, action, lost: false });
    for (const holder of this.#holders(id)) this.#refresh(holder);
  }

  #lose(id: LaunchId, afterwards: 'stop' | 'rerun'): void {
    const launch = this.#launch(id);
    Object.assign(launch, { state: 'FIZZLED', lost: true });
    for (const holder of this.#holders(id)) this.#refresh(holder);
    const maker = this.#firework(launch.fwId);
    if (afterwards === 'rerun' && maker.state === 'FIZZLED' && maker.launches.includes(id))
      this.#rerun(maker);
  }

  #release(id: LaunchId, workersThatCannotImport: number): void {
    const launch = this.#launch(id);
    const maker = this.#firework(launch.fwId);
    const stands = maker.launches.includes(id);
    this.#giveBack(id);
    if (workersThatCannotImport < 3 || !stands || maker.state !== 'READY') return;
    maker.state = 'PAUSED';
    maker.spec.set('_pause_reason', 'cannot import');
  }

  #giveBack(id: LaunchId): void {
    this.#launch(id).state = 'READY';
    const holders = this.#holders(id);
    for (const holder of holders) {
      holder.launches = holder.launches.filter((one) => one !== id);
      holder.archivedLaunches.push(id);
    }
    for (const holder of holders) this.#refresh(holder);
  }

  #takeOver({ fwId: id, claimed, matches }: Extract<Operation, { kind: 'take-over' }>): void {
    const thief = this.#firework(id);
    const launches = new Set(matches.flatMap((match) => this.#firework(match).launches));
    const worth = [...launches].filter((one) => {
      const { state } = this.#launch(one);
      return !thief.launches.includes(one) && (state === 'RESERVED' ? one < claimed : state !== 'READY');
    });
    if (worth.length === 0) return;
    thief.launches.push(...worth);
    this.#giveBack(claimed);
  }

  // What users decide (format §3.3, §13)

  #free(firework: Firework): void {
    firework.spec.delete('_pause_reason');
    firework.state = 'WAITING';
    this.#refresh(firework);
  }

  #hold(firework: Firework, state: 'DEFUSED' | 'ARCHIVED'): void {
    if (firework.state === 'PAUSED') firework.spec.delete('_pause_reason');
    firework.state = state;
  }

  #defuse(firework: Firework): void {
    const { state } = firework;
    if (state === 'DEFUSED' || state === 'ARCHIVED') return;
    if (state === 'RESERVED' || state === 'RUNNING' || state === 'COMPLETED') this.#rerun(firework);
    this.#hold(firework, 'DEFUSED');
  }

  /** Those that share a Launch run again with it, and even where it cannot itself, as in FireWorks. */
  #rerun(firework: Firework): void {
    for (const one of [
      firework,
      ...(this.#sharers.get(firework.fwId) ?? []).map((id) => this.#firework(id)),
    ]) {
      if (mayRerun(one)) this.#runAgain(one);
    }
  }

  #runAgain(firework: Firework): void {
    this.#reset(firework);
    this.#refresh(firework);
  }

  #reset(firework: Firework): void {
    if (firework.state === 'FIZZLED') firework.spec.delete('_exception_details');
    if (firework.state === 'PAUSED') firework.spec.delete('_pause_reason');
    this.#archiveLaunches(firework);
    firework.state = 'WAITING';
    for (const child of firework.children.map((id) => this.#firework(id))) {
      if (child.state !== 'WAITING') this.#reset(child);
    }
  }

  #archive(firework: Firework): void {
    for (const member of this.#members(firework)) {
      this.#archiveLaunches(member);
      this.#hold(member, 'ARCHIVED');
    }
  }

  #archiveLaunches(firework: Firework): void {
    firework.archivedLaunches = [...new Set([...firework.archivedLaunches, ...firework.launches])];
    firework.launches = [];
  }

  #update(firework: Firework, set: UserMap): void {
    if (!['READY', 'WAITING', 'FIZZLED', 'DEFUSED', 'PAUSED'].includes(firework.state)) return;
    const allowed = this.#allows(firework);
    try {
      firework.spec = updatedSpec(firework.spec, readAssignments(set));
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
    }
    if (this.#allows(firework) !== allowed) this.#refresh(firework);
  }

  #append({ workflow, parents, detour, pullSpecMods }: Extract<Operation, { kind: 'append' }>): void {
    const above = parents.map((id) => this.#firework(id));
    const [home] = above;
    if (!home) return;
    const heirs = detour ? [...new Set(above.flatMap(({ children }) => children))] : [];
    const gifts = pullSpecMods ? parents.flatMap((id) => this.#gifts(id)) : [];
    const before = new Set(this.#all.fireworks.keys());
    this.#addBelow(home, [{ workflow, parents, heirs, gifts }], detour ? above : []);
    for (const [id, one] of this.#all.fireworks) if (!before.has(id)) this.#refresh(one);
  }

  #addWorkflow(workflow: NewWorkflow): void {
    const { fireworks, links } = prepareWorkflow(workflow);
    const name = `workflow ${++this.#all.workflows}`;
    const ids = new Map(fireworks.map((one) => [one.fwId, this.#store(one, name)]));
    for (const [parent, children] of links) {
      this.#firework(mapped(ids, parent)).children = children.map((child) => mapped(ids, child));
    }
  }

  // Looking things up

  #store({ spec, state }: Pick<NewFirework, 'spec' | 'state'>, workflow: string): FwId {
    const id = fwId(this.#all.fireworks.size + 1);
    const none = { children: [], launches: [], archivedLaunches: [] };
    this.#all.fireworks.set(id, { fwId: id, workflow, state, spec: new Map(spec), ...none });
    return id;
  }

  #firework(id: FwId): Firework {
    const firework = this.#all.fireworks.get(id);
    if (!firework) throw new SkyrocketError('NOT_FOUND', `there is no Firework ${id}`);
    return firework;
  }

  #launch(id: LaunchId): Launch {
    const launch = this.#all.launches.get(id);
    if (!launch) throw new SkyrocketError('NOT_FOUND', `there is no Launch ${id}`);
    return launch;
  }

  #bestLaunch({ launches }: Firework): Launch | undefined {
    const records = launches.map((id) => this.#launch(id));
    const best = Math.max(...records.map(({ state }) => STATE_RANK[state]));
    return records.find(({ state }) => STATE_RANK[state] === best);
  }

  /** The one that made it first. */
  #holders(launch: LaunchId): Firework[] {
    const maker = this.#launch(launch).fwId;
    const holders = [...this.#all.fireworks.values()].filter(({ launches }) => launches.includes(launch));
    return holders.sort((a, b) => Number(b.fwId === maker) - Number(a.fwId === maker));
  }

  #parents({ fwId: id }: Firework): Firework[] {
    return [...this.#all.fireworks.values()].filter(({ children }) => children.includes(id));
  }

  #members({ workflow }: Firework): Firework[] {
    return [...this.#all.fireworks.values()].filter((one) => one.workflow === workflow);
  }

  #below(firework: Firework): Set<FwId> {
    const found = new Set(firework.children);
    for (const id of found) for (const child of this.#firework(id).children) found.add(child);
    return found;
  }

  #allows({ spec }: Firework): boolean {
    return isTruthy(spec.get('_allow_fizzled_parents'));
  }
}

type OnFireworks = Extract<Operation, { fwIds: FwId[] }>;

type Gift = Pick<FWAction, 'updateSpec' | 'modSpec'>;

interface Addition {
  workflow: NewWorkflow;
  parents: FwId[];
  heirs: FwId[];
  gifts: Gift[];
}

const mayRerun = ({ state }: Firework) => state !== 'ARCHIVED' && state !== 'DEFUSED' && state !== 'WAITING';

const sharesLaunch = (one: Firework, other: Firework) =>
  one.launches.some((id) => other.launches.includes(id));

function mapped(ids: ReadonlyMap<FwId, FwId>, id: FwId): FwId {
  const stored = ids.get(id);
  if (stored === undefined) throw new SkyrocketError('BAD_WORKFLOW', `${id} is in no Workflow`);
  return stored;
}

function stateOfWorkflow(members: Firework[]): State {
  const has = (state: State) => members.some((one) => one.state === state);
  const leaves = members.filter(({ children }) => children.length === 0);
  if (leaves.every(({ state }) => state === 'COMPLETED')) return 'COMPLETED';
  if (members.every(({ state }) => state === 'ARCHIVED')) return 'ARCHIVED';
  if (has('DEFUSED')) return 'DEFUSED';
  if (has('PAUSED')) return 'PAUSED';
  if (has('FIZZLED')) {
    const fizzled = members.filter(({ state }) => state === 'FIZZLED');
    const goesOn = (id: FwId) =>
      isTruthy(members.find((one) => one.fwId === id)?.spec.get('_allow_fizzled_parents'));
    return fizzled.every(({ children }) => children.length > 0 && children.every(goesOn))
      ? 'RUNNING'
      : 'FIZZLED';
  }
  if (has('COMPLETED') || has('RUNNING')) return 'RUNNING';
  return has('RESERVED') ? 'RESERVED' : 'READY';
}
