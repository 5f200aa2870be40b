import { STATES, type State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { workflowState } from '@skyrocket/model/workflow-state';
import type { Connection } from './connection.ts';
import { idList } from './firework-rows.ts';
import { grouped } from './grouped.ts';

/** Where one Firework stands, as far as counters go. */
export interface Standing {
  state: State;
  lane: number;
  /** Without children. */
  leaf: boolean;
}

/** How many Fireworks of a Workflow are in each state, and what follows from it. */
interface WorkflowRow extends Record<State, number> {
  workflow: number;
  state: State;
  total: number;
  open_leaves: number;
}

/** What is added to the tallies of a Workflow. */
interface Steps {
  total: number;
  openLeaves: number;
  states: Map<State, number>;
}

const column = (state: State) => state.toLowerCase();

/** Workflows whose tallies change by the same steps. */
const addToTallies = `
UPDATE workflows SET updated_on = ?, total = total + ?, open_leaves = open_leaves + ?,
  ${STATES.map((state) => `${column(state)} = ${column(state)} + ?`).join(', ')}
WHERE workflow IN (SELECT value FROM json_each(?))
RETURNING workflow, state, total, open_leaves, ${STATES.map((state) => `${column(state)} AS ${state}`).join(', ')}`;
const writeState = 'UPDATE workflows SET state = ? WHERE workflow IN (SELECT value FROM json_each(?))';

const addToCount = `
INSERT INTO counts (state, fireworks) VALUES (?, ?)
ON CONFLICT (state) DO UPDATE SET fireworks = fireworks + excluded.fireworks`;

const fizzledBlocks = `
SELECT 1 AS blocks FROM fireworks AS fizzled WHERE fizzled.workflow = ? AND fizzled.state = 'FIZZLED' AND (
  fizzled.children = 0 OR EXISTS (
    SELECT 1 FROM links JOIN fireworks AS child ON child.fw_id = links.child
    WHERE links.parent = fizzled.fw_id AND child.allow_fizzled_parents = 0)
) LIMIT 1`;

/**
 * Collects how Fireworks move during one transaction, and then brings everything that is counted up to date at once:
 * the Workflows' tallies and states, the counts by state, and what is READY in each lane.
 */
export class StateLedger {
  readonly #database: Connection;
  readonly #workflows = new Map<number, Steps>();
  readonly #states = new Map<State, number>();
  readonly #lanes = new Map<number, number>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** A Firework moves from one standing to another; null before it is there and after it is gone. */
  move(workflow: number, from: Standing | null, to: Standing | null): void {
    const steps = this.touch(workflow);
    if (from) this.#count(steps, from, -1);
    if (to) this.#count(steps, to, 1);
  }

  /** Something in this Workflow changes, so that its `updated_on` does. */
  touch(workflow: number): Steps {
    const kept = this.#workflows.get(workflow);
    if (kept) return kept;
    const steps = { total: 0, openLeaves: 0, states: new Map<State, number>() };
    this.#workflows.set(workflow, steps);
    return steps;
  }

  /** Writes it all. To be called once, when Fireworks and links are as they will be. */
  settle(now: Timestamp): void {
    this.#settleWorkflows(now);
    for (const [state, step] of this.#states) if (step !== 0) this.#database.run(addToCount, state, step);
    for (const [lane, step] of this.#lanes) {
      if (step !== 0) this.#database.run('UPDATE lanes SET ready = ready + ? WHERE lane = ?', step, lane);
    }
  }

  #count(steps: Steps, { state, lane, leaf }: Standing, step: number): void {
    steps.total += step;
    if (leaf && state !== 'COMPLETED') steps.openLeaves += step;
    add(steps.states, state, step);
    add(this.#states, state, step);
    if (state === 'READY') add(this.#lanes, lane, step);
  }

  #settleWorkflows(now: Timestamp): void {
    const alike = grouped(this.#workflows, ([, steps]) => stepValues(steps).join(' '));
    const changed = [...alike.values()].flatMap((workflows) => this.#addSteps(workflows, now));
    // Apart from the tallies: most changes leave it, and it stands in an index.
    for (const [state, rows] of grouped(changed, (row) => this.#stateOf(row))) {
      const others = rows.filter((row) => row.state !== state).map((row) => row.workflow);
      if (others.length > 0) this.#database.run(writeState, state, idList(others));
    }
  }

  #addSteps(workflows: [number, Steps][], now: Timestamp): WorkflowRow[] {
    const [[, steps] = []] = workflows;
    if (!steps) return [];
    const ids = idList(workflows.map(([workflow]) => workflow));
    return this.#database.all<WorkflowRow>(addToTallies, now, ...stepValues(steps), ids);
  }

  #stateOf(row: WorkflowRow): State {
    return workflowState({
      total: row.total,
      states: row,
      openLeaves: row.open_leaves,
      fizzledBlocks: () => this.#database.get(fizzledBlocks, row.workflow) !== undefined,
    });
  }
}

/** In the order of {@link addToTallies}. */
function stepValues({ total, openLeaves, states }: Steps): number[] {
  return [total, openLeaves, ...STATES.map((state) => states.get(state) ?? 0)];
}

function add<Key>(counts: Map<Key, number>, key: Key, step: number): void {
  counts.set(key, (counts.get(key) ?? 0) + step);
}
