import { STATES, type State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import { workflowState } from '@skyrocket/model/workflow-state';
import type { Connection } from './connection.ts';

/** Where one Firework stands, as far as counters go. */
export interface Standing {
  state: State;
  lane: number;
  /** Without children. */
  leaf: boolean;
}

/** How many Fireworks of a Workflow are in each state, and what follows from it. */
interface WorkflowRow extends Record<State, number> {
  state: State;
  total: number;
  open_leaves: number;
}

const column = (state: State) => state.toLowerCase();

const readTally = `
SELECT state, total, open_leaves, ${STATES.map((state) => `${column(state)} AS ${state}`).join(', ')}
FROM workflows WHERE workflow = ?`;
const writeTally = `
UPDATE workflows SET updated_on = ?, total = ?, open_leaves = ?, ${STATES.map((state) => `${column(state)} = ?`).join(', ')}
WHERE workflow = ?`;

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
  readonly #workflows = new Map<number, { total: number; openLeaves: number; states: Map<State, number> }>();
  readonly #states = new Map<State, number>();
  readonly #lanes = new Map<number, number>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** A Firework moves from one standing to another; null before it is there and after it is gone. */
  move(workflow: number, from: Standing | null, to: Standing | null): void {
    const entry = this.touch(workflow);
    for (const [standing, step] of [
      [from, -1],
      [to, 1],
    ] as const) {
      if (standing === null) continue;
      entry.total += step;
      if (standing.leaf && standing.state !== 'COMPLETED') entry.openLeaves += step;
      add(entry.states, standing.state, step);
      add(this.#states, standing.state, step);
      if (standing.state === 'READY') add(this.#lanes, standing.lane, step);
    }
  }

  /** Something in this Workflow changes, so that its `updated_on` does. */
  touch(workflow: number): { total: number; openLeaves: number; states: Map<State, number> } {
    const kept = this.#workflows.get(workflow);
    if (kept) return kept;
    const entry = { total: 0, openLeaves: 0, states: new Map<State, number>() };
    this.#workflows.set(workflow, entry);
    return entry;
  }

  /** Writes it all. To be called once, when Fireworks and links are as they will be. */
  settle(now: Timestamp): void {
    for (const workflow of this.#workflows.keys()) this.#settleWorkflow(workflow, now);
    for (const [state, step] of this.#states) if (step !== 0) this.#database.run(addToCount, state, step);
    for (const [lane, step] of this.#lanes) {
      if (step !== 0) this.#database.run('UPDATE lanes SET ready = ready + ? WHERE lane = ?', step, lane);
    }
  }

  #settleWorkflow(workflow: number, now: Timestamp): void {
    const row = this.#database.get<WorkflowRow>(readTally, workflow);
    if (!row) return;
    const steps = this.touch(workflow);
    const states = new Map(STATES.map((state) => [state, row[state] + (steps.states.get(state) ?? 0)]));
    const total = row.total + steps.total;
    const openLeaves = row.open_leaves + steps.openLeaves;
    this.#database.run(writeTally, now, total, openLeaves, ...states.values(), workflow);
    const state = workflowState({
      total,
      states: Object.fromEntries(states),
      openLeaves,
      fizzledBlocks: () => this.#database.get(fizzledBlocks, workflow) !== undefined,
    });
    // Apart from the tally: most changes leave it, and it stands in an index.
    if (state !== row.state) {
      this.#database.run('UPDATE workflows SET state = ? WHERE workflow = ?', state, workflow);
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, step: number): void {
  counts.set(key, (counts.get(key) ?? 0) + step);
}
