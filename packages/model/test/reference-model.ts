import type { Recovery } from '@skyrocket/model/decisions/recovery';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { prepareWorkflow } from '@skyrocket/model/insert';
import type { NewWorkflow } from '@skyrocket/model/records';
import { readAssignments, updatedSpec } from '@skyrocket/model/spec-update';
import type { LaunchState, State } from '@skyrocket/model/states';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { LaunchpadView } from './intents.ts';
import type { LaunchEnding, Operation } from './operations.ts';
import { fireworkPicture } from './picture.ts';
import { mapped, ReferenceRules } from './reference-rules.ts';
import { allowsFizzledParents, type Firework, ReferenceWorld, stateOfWorkflow } from './reference-world.ts';

/**
 * What a launchpad does, written the plainest way: everything is in memory, whatever is asked is worked out from all of
 * it, one Firework after another, by recursion. Slow and short, so that it can be compared with the format reference
 * (§3, §5) by reading, and with the real decisions and stores by running.
 */
export class ReferenceModel {
  #all = new ReferenceWorld();

  /** Does an operation; false when it must be refused (a user's mistake), and then nothing changes. */
  do(operation: Operation): boolean {
    const before = this.#all.copy();
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
      fireworks: [...fireworks.values()].map((one) => ({
        ...one,
        dupefinder: one.spec.has('_dupefinder'),
        resumes: one.spec.has('_recovery'),
      })),
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

/** Whether a Firework in this state becomes RUNNING when a Launch that it holds is started: format §6. */
const startsWith = (state: Firework['state']) =>
  state === 'RESERVED' || state === 'WAITING' || state === 'READY' || state === 'FIZZLED';

/** One operation on a world. */
class Step {
  readonly #all: ReferenceWorld;
  readonly #rules: ReferenceRules;
  readonly #ended = new Set<LaunchId>();

  constructor(all: ReferenceWorld) {
    this.#all = all;
    this.#rules = new ReferenceRules(all);
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
      case 'ping':
        this.#all.launch(operation.launchId).checkpoint = operation.checkpoint;
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
        for (const id of operation.fwIds) this.#decide(operation, this.#all.firework(id));
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
        this.#rerun(firework, operation.taskLevel);
        break;
      case 'refresh':
        this.#rules.refresh(firework);
        break;
      case 'archive':
        this.#archive(firework);
        break;
      case 'update':
        this.#update(firework, operation.set);
        break;
    }
  }

  // What workers tell

  #claim(id: FwId): void {
    const launch = launchId(this.#all.launches.size + 1);
    this.#all.launches.set(launch, {
      fwId: id,
      state: 'RESERVED',
      action: null,
      lost: false,
      checkpoint: null,
    });
    const firework = this.#all.firework(id);
    firework.launches.push(launch);
    firework.state = 'RESERVED';
  }

  #start(id: LaunchId): void {
    const launch = this.#all.launch(id);
    launch.state = 'RUNNING';
    for (const holder of this.#all.holders(id)) if (startsWith(holder.state)) holder.state = 'RUNNING';
  }

  #finish({ launchId: id, state, action, checkpoint }: LaunchEnding): void {
    const launch = this.#all.launch(id);
    const closed =
      launch.state === 'COMPLETED' || (launch.state === 'FIZZLED' && state === 'FIZZLED' && !launch.lost);
    if (closed || this.#ended.has(id)) return;
    this.#ended.add(id);
    if (state === 'COMPLETED') launch.checkpoint = null;
    else if (checkpoint && launch.state !== 'FIZZLED') launch.checkpoint = checkpoint;
    Object.assign(launch, { state, action, lost: false });
    for (const holder of this.#all.holders(id)) this.#rules.refresh(holder);
  }

  #lose(id: LaunchId, afterwards: 'stop' | 'rerun'): void {
    const launch = this.#all.launch(id);
    Object.assign(launch, { state: 'FIZZLED', lost: true });
    for (const holder of this.#all.holders(id)) this.#rules.refresh(holder);
    const maker = this.#all.firework(launch.fwId);
    if (afterwards === 'rerun' && maker.state === 'FIZZLED' && maker.launches.includes(id))
      this.#rerun(maker);
  }

  #release(id: LaunchId, workersThatCannotImport: number): void {
    const launch = this.#all.launch(id);
    const maker = this.#all.firework(launch.fwId);
    const stands = maker.launches.includes(id);
    this.#giveBack(id);
    if (workersThatCannotImport < 3 || !stands || maker.state !== 'READY') return;
    maker.state = 'PAUSED';
    maker.spec.set('_pause_reason', 'cannot import');
  }

  #giveBack(id: LaunchId): void {
    this.#all.launch(id).state = 'READY';
    const holders = this.#all.holders(id);
    for (const holder of holders) {
      holder.launches = holder.launches.filter((one) => one !== id);
      holder.archivedLaunches.push(id);
    }
    for (const holder of holders) this.#rules.refresh(holder);
  }

  #takeOver({ fwId: id, claimed, matches }: Extract<Operation, { kind: 'take-over' }>): void {
    const thief = this.#all.firework(id);
    const launches = new Set(matches.flatMap((match) => this.#all.firework(match).launches));
    const worth = [...launches].filter((one) => {
      const { state } = this.#all.launch(one);
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
    this.#rules.refresh(firework);
  }

  #defuse(firework: Firework): void {
    const { state } = firework;
    if (state === 'DEFUSED' || state === 'ARCHIVED') return;
    if (state === 'RESERVED' || state === 'RUNNING' || state === 'COMPLETED') this.#rerun(firework);
    this.#rules.hold(firework, 'DEFUSED');
  }

  /** Those that share a Launch run again with it, and even where it cannot itself, as in FireWorks. */
  #rerun(firework: Firework, taskLevel?: Recovery): void {
    const all = [...this.#all.fireworks.values()];
    const sharers = all.filter((other) => other !== firework && sharesLaunch(firework, other));
    for (const one of [firework, ...sharers].filter(mayRerun)) {
      if (taskLevel) {
        if (!this.#recover(one, taskLevel)) continue;
      } else forgetRecovery(one);
      this.#runAgain(one);
    }
  }

  /** False when there is nothing from which it could be resumed. */
  #recover({ launches, spec }: Firework, { launchIds, files }: Recovery): boolean {
    const id = launchIds ? launches.find((one) => launchIds.includes(one)) : launches.at(-1);
    const checkpoint = id === undefined ? null : this.#all.launch(id).checkpoint;
    if (id === undefined || checkpoint === null) return false;
    if (files === 'previous-directory') spec.set('_launch_dir', `/launches/${id}`);
    spec.set(
      '_recovery',
      new Map<string, UserValue>([
        ['_task_n', checkpoint.taskIndex],
        ['_all_stored_data', checkpoint.storedData],
        ['_all_update_spec', checkpoint.updateSpec],
        ['_all_mod_spec', checkpoint.modSpec],
        ['_prev_dir', `/launches/${id}`],
        ['_launch_id', id],
        ['_mode', { none: null, copy: 'cp', 'previous-directory': 'prev_dir' }[files]],
      ]),
    );
    return true;
  }

  #runAgain(firework: Firework): void {
    this.#reset(firework);
    this.#rules.refresh(firework);
  }

  #reset(firework: Firework): void {
    if (firework.state === 'FIZZLED') firework.spec.delete('_exception_details');
    if (firework.state === 'PAUSED') firework.spec.delete('_pause_reason');
    this.#archiveLaunches(firework);
    firework.state = 'WAITING';
    for (const child of firework.children.map((id) => this.#all.firework(id))) {
      if (child.state === 'WAITING') continue;
      if (child.launches.length > 0) child.spec.delete('_recovery');
      this.#reset(child);
    }
  }

  #archive(firework: Firework): void {
    for (const member of this.#all.members(firework)) {
      this.#archiveLaunches(member);
      this.#rules.hold(member, 'ARCHIVED');
    }
  }

  #archiveLaunches(firework: Firework): void {
    firework.archivedLaunches = [...new Set([...firework.archivedLaunches, ...firework.launches])];
    firework.launches = [];
  }

  #update(firework: Firework, set: UserMap): void {
    if (!['READY', 'WAITING', 'FIZZLED', 'DEFUSED', 'PAUSED'].includes(firework.state)) return;
    const allowed = allowsFizzledParents(firework);
    try {
      firework.spec = updatedSpec(firework.spec, readAssignments(set));
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
    }
    if (allowsFizzledParents(firework) !== allowed) this.#rules.refresh(firework);
  }

  #append({ workflow, parents, detour, pullSpecMods }: Extract<Operation, { kind: 'append' }>): void {
    const above = parents.map((id) => this.#all.firework(id));
    const [home] = above;
    if (!home) return;
    const heirs = detour ? [...new Set(above.flatMap(({ children }) => children))] : [];
    const gifts = pullSpecMods ? parents.flatMap((id) => this.#rules.gifts(id)) : [];
    const before = new Set(this.#all.fireworks.keys());
    this.#rules.addBelow(home, [{ workflow, parents, heirs, gifts }], detour ? above : []);
    for (const [id, one] of this.#all.fireworks) if (!before.has(id)) this.#rules.refresh(one);
  }

  #addWorkflow(workflow: NewWorkflow): void {
    const { fireworks, links } = prepareWorkflow(workflow);
    const name = `workflow of ${this.#all.fireworks.size + 1}`;
    const ids = new Map(fireworks.map((one) => [one.fwId, this.#all.store(one, name)]));
    for (const [parent, children] of links) {
      this.#all.firework(mapped(ids, parent)).children = children.map((child) => mapped(ids, child));
    }
  }
}

type OnFireworks = Extract<Operation, { fwIds: FwId[] }>;

const mayRerun = ({ state }: Firework) => state !== 'ARCHIVED' && state !== 'DEFUSED' && state !== 'WAITING';

/** A plain rerun begins anew, in a directory of its own. */
function forgetRecovery({ spec }: Firework): void {
  const recovery = spec.get('_recovery') ?? null;
  if (!isUserMap(recovery)) return;
  spec.delete('_recovery');
  const isThere = spec.get('_launch_dir') === recovery.get('_prev_dir');
  if (recovery.get('_mode') === 'prev_dir' && isThere) spec.delete('_launch_dir');
}

const sharesLaunch = (one: Firework, other: Firework) =>
  one.launches.some((id) => other.launches.includes(id));
