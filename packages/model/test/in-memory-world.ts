import { emptyAction } from '@skyrocket/model/action';
import { changedFirework, changedLaunch } from '@skyrocket/model/apply-change';
import type { Change, Decision } from '@skyrocket/model/change';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { prepareWorkflow } from '@skyrocket/model/insert';
import {
  emptyNeighbourhood,
  type FireworkNode,
  type Needs,
  type Neighbourhood,
  type WorkflowId,
} from '@skyrocket/model/neighbourhood';
import type {
  Checkpoint,
  FireworkRecord,
  LaunchRecord,
  NewFirework,
  NewWorkflow,
} from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { isTruthy } from '@skyrocket/model/user-data';
import { workflowState } from '@skyrocket/model/workflow-state';

/**
 * The smallest thing that can serve decisions: records in maps. It loads exactly what a decision asks for, refuses to be
 * asked twice for the same, hands out frozen nodes, and writes the Change.
 */
export class InMemoryWorld {
  readonly fireworks = new Map<FwId, FireworkRecord>();
  readonly launches = new Map<LaunchId, LaunchRecord>();
  readonly links = new Map<FwId, FwId[]>();
  readonly workflows = new Map<FwId, WorkflowId>();
  /** How often the last decision was asked, and how many nodes were loaded for it. */
  asked = { rounds: 0, nodes: 0 };
  readonly #parents = new Map<FwId, FwId[]>();
  #clock = 0;

  /** A moment later than all before. */
  now(): Timestamp {
    this.#clock += 1000;
    return timestamp(this.#clock);
  }

  /** Stores a Workflow (format §1.4); returns file id to stored id. */
  add(workflow: NewWorkflow): Map<FwId, FwId> {
    const { fireworks, links } = prepareWorkflow(workflow);
    const ids = new Map<FwId, FwId>();
    const name = `w${this.workflows.size}` as WorkflowId;
    for (const firework of fireworks) ids.set(firework.fwId, this.#store(firework, name));
    for (const [parent, children] of links) {
      for (const child of children) this.#link(mapped(ids, parent), mapped(ids, child));
    }
    return ids;
  }

  /** Asks a decision until it knows enough, and writes its Change. `ids`: those drawn for added Fireworks. */
  decide<Outcome>(decision: (neighbourhood: Neighbourhood) => Decision<Outcome>): {
    outcome: Outcome;
    change: Change;
    ids: Map<FwId, FwId>;
  } {
    const neighbourhood = emptyNeighbourhood();
    for (this.asked.rounds = 1; ; this.asked.rounds++) {
      const decided = decision(neighbourhood);
      this.asked.nodes = neighbourhood.nodes.size;
      if (decided.kind === 'change') {
        return { outcome: decided.outcome, change: decided.change, ids: this.write(decided.change) };
      }
      this.#load(neighbourhood, decided.needs);
    }
  }

  /** READY → RESERVED with a new Launch. */
  claim(id: FwId): LaunchId {
    const firework = this.firework(id);
    if (firework.state !== 'READY') throw new Error(`Firework ${id} is ${firework.state}, not READY`);
    const launch = launchId(this.launches.size + 1);
    this.launches.set(launch, {
      launchId: launch,
      fwId: id,
      state: 'RESERVED',
      fworker: { name: 'worker', category: '', query: new Map(), env: new Map() },
      host: 'host',
      ip: '127.0.0.1',
      launchDir: `/launches/${launch}`,
      trackers: [],
      action: null,
      history: [{ state: 'RESERVED', createdOn: this.now() }],
    });
    this.fireworks.set(id, { ...firework, state: 'RESERVED', launches: [...firework.launches, launch] });
    return launch;
  }

  /** RESERVED → RUNNING; also those that share the Launch and have not begun (format §6). */
  start(id: LaunchId): void {
    const launch = this.launch(id);
    const firework = this.firework(launch.fwId);
    if (firework.state !== 'RESERVED' || !firework.launches.includes(id))
      throw new Error(`cannot start ${id}`);
    const entry = { state: 'RUNNING' as const, createdOn: this.now() };
    this.launches.set(id, { ...launch, state: 'RUNNING', history: [...launch.history, entry] });
    for (const holder of this.fireworks.values()) {
      const starts = ['RESERVED', 'WAITING', 'READY', 'FIZZLED'].includes(holder.state);
      if (starts && holder.launches.includes(id))
        this.fireworks.set(holder.fwId, { ...holder, state: 'RUNNING' });
    }
  }

  /** News of a Launch that runs. */
  ping(id: LaunchId, checkpoint: Checkpoint): void {
    const ping = { updatedOn: this.now(), checkpoint };
    this.launches.set(id, changedLaunch(this.launch(id), { ping }));
  }

  firework(id: FwId): FireworkRecord {
    const firework = this.fireworks.get(id);
    if (!firework) throw new Error(`there is no Firework ${id}`);
    return firework;
  }

  launch(id: LaunchId): LaunchRecord {
    const launch = this.launches.get(id);
    if (!launch) throw new Error(`there is no Launch ${id}`);
    return launch;
  }

  children(id: FwId): FwId[] {
    return this.links.get(id) ?? [];
  }

  parents(id: FwId): FwId[] {
    return this.#parents.get(id) ?? [];
  }

  /** States by fw_id, of all Fireworks. */
  states(): Record<number, State> {
    return Object.fromEntries([...this.fireworks].map(([id, { state }]) => [id, state]));
  }

  /** The state of the Workflow that holds a Firework (format §3.4). */
  workflowState(member: FwId): State {
    const members = [...this.fireworks.values()].filter(
      (firework) => this.workflows.get(firework.fwId) === this.workflows.get(member),
    );
    const states: Partial<Record<State, number>> = {};
    for (const { state } of members) states[state] = (states[state] ?? 0) + 1;
    return workflowState({
      total: members.length,
      states,
      openLeaves: members.filter((one) => this.children(one.fwId).length === 0 && one.state !== 'COMPLETED')
        .length,
      fizzledBlocks: () =>
        members.some(
          (one) =>
            one.state === 'FIZZLED' &&
            (this.children(one.fwId).length === 0 ||
              this.children(one.fwId).some((child) => !this.node(child).allowFizzledParents)),
        ),
    });
  }

  write(change: Change): Map<FwId, FwId> {
    const now = this.now();
    const ids = new Map<FwId, FwId>();
    for (const { firework, joins } of change.added) {
      const workflow = this.workflows.get(joins);
      if (!workflow) throw new Error(`a Firework joins ${joins}, which is not stored`);
      ids.set(firework.fwId, this.#store(firework, workflow));
    }
    for (const [id, changed] of change.fireworks) {
      this.fireworks.set(id, changedFirework(this.firework(id), changed, now));
    }
    for (const [id, changed] of change.launches)
      this.launches.set(id, changedLaunch(this.launch(id), changed));
    for (const { parent, child } of change.links) {
      const from = ids.get(parent) ?? parent;
      const to = ids.get(child) ?? child;
      if (this.children(from).includes(to)) throw new Error(`${from} and ${to} are linked twice`);
      this.#link(from, to);
    }
    return ids;
  }

  node(id: FwId): FireworkNode {
    const firework = this.firework(id);
    const { spec } = firework;
    const workflow = this.workflows.get(id);
    if (!workflow) throw new Error(`Firework ${id} is in no Workflow`);
    const parents = this.parents(id).map((parent) => this.firework(parent).state);
    const dupefinder = spec.has('_dupefinder');
    return Object.freeze({
      fwId: id,
      workflow,
      name: firework.name,
      state: firework.state,
      launches: firework.launches.map((launch) => ({
        launchId: launch,
        fwId: this.launch(launch).fwId,
        state: this.launch(launch).state,
      })),
      archivedLaunches: [...firework.archivedLaunches],
      children: [...this.children(id)],
      parents: Object.freeze({
        total: parents.length,
        completed: parents.filter((state) => state === 'COMPLETED').length,
        fizzled: parents.filter((state) => state === 'FIZZLED').length,
      }),
      allowFizzledParents: isTruthy(spec.get('_allow_fizzled_parents')),
      knowsFizzledParents: spec.has('_fizzled_parents'),
      dupefinder,
      sharers: dupefinder ? this.#sharers(firework) : [],
    });
  }

  #link(parent: FwId, child: FwId): void {
    this.links.set(parent, [...this.children(parent), child]);
    this.#parents.set(child, [...this.parents(child), parent]);
  }

  #sharers(firework: FireworkRecord): FwId[] {
    return [...this.fireworks.values()]
      .filter(
        ({ fwId: id, launches }) =>
          id !== firework.fwId &&
          launches.some((one) => [...firework.launches, ...firework.archivedLaunches].includes(one)),
      )
      .map((other) => other.fwId);
  }

  #store(firework: NewFirework, workflow: WorkflowId): FwId {
    const id = fwId(this.fireworks.size + 1);
    const { name, spec, state } = firework;
    const createdOn = this.now();
    this.fireworks.set(id, {
      fwId: id,
      name,
      state,
      spec,
      launches: [],
      archivedLaunches: [],
      createdOn,
      updatedOn: createdOn,
    });
    this.links.set(id, []);
    this.workflows.set(id, workflow);
    return id;
  }

  #load(into: Neighbourhood, needs: Needs): void {
    for (const id of needs.nodes) this.#loadNode(into, id, 'asked');
    for (const id of needs.specs) once(into.specs, id, this.firework(id).spec);
    for (const id of needs.actions) once(into.actions, id, this.launch(id).action ?? emptyAction());
    for (const id of needs.documents) once(into.documents, id, this.#whole(id));
    for (const id of needs.fizzledParents) {
      const fizzled = this.parents(id).filter((parent) => this.firework(parent).state === 'FIZZLED');
      once(
        into.fizzledParents,
        id,
        fizzled.sort((a, b) => a - b),
      );
      for (const parent of fizzled) into.documents.set(parent, this.#whole(parent));
    }
    for (const id of needs.descendantsOf) {
      if (into.descendantsOf.has(id)) throw new Error(`the descendants of ${id} were asked for twice`);
      into.descendantsOf.add(id);
      const below = new Set(this.children(id));
      for (const child of below) {
        this.#loadNode(into, child, 'passed');
        for (const grandchild of this.children(child)) below.add(grandchild);
      }
    }
    for (const workflow of needs.wholeWorkflows) {
      if (into.wholeWorkflows.has(workflow)) throw new Error(`${workflow} was asked for twice`);
      into.wholeWorkflows.add(workflow);
      for (const [id, of] of this.workflows) if (of === workflow) this.#loadNode(into, id, 'passed');
    }
  }

  #loadNode(into: Neighbourhood, id: FwId, why: 'asked' | 'passed'): void {
    if (why === 'asked' && (into.nodes.has(id) || into.absent.has(id))) {
      throw new Error(`Firework ${id} was asked for twice`);
    }
    if (!this.fireworks.has(id)) into.absent.add(id);
    else if (!into.nodes.has(id)) into.nodes.set(id, this.node(id));
  }

  #whole(id: FwId): NonNullable<ReturnType<Neighbourhood['documents']['get']>> {
    const firework = this.firework(id);
    return {
      firework,
      launches: firework.launches.map((launch) => this.launch(launch)),
      archivedLaunches: firework.archivedLaunches.map((launch) => this.launch(launch)),
    };
  }
}

function once<Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void {
  if (map.has(key)) throw new Error(`${String(key)} was asked for twice`);
  map.set(key, value);
}

function mapped(ids: Map<FwId, FwId>, id: FwId): FwId {
  const stored = ids.get(id);
  if (stored === undefined) throw new Error(`no id was drawn for ${id}`);
  return stored;
}
