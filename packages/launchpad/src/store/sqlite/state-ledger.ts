import type { State } from '@skyrocket/model/states';
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

interface WorkflowRow {
  state: State;
  total: number;
  archived: number;
  fizzled: number;
  defused: number;
  paused: number;
  waiting: number;
  ready: number;
  reserved: number;
  running: number;
  completed: number;
  open_leaves: number;
}

/** The columns of `workflows` that count Fireworks, in the order of the statement below. */
const countedStates: readonly State[] = [
  'ARCHIVED',
  'FIZZLED',
  'DEFUSED',
  'PAUSED',
  'WAITING',
  'READY',
  'RESERVED',
  'RUNNING',
  'COMPLETED',
];

const addToWorkflow = `
UPDATE workflows SET total = total + ?, open_leaves = open_leaves + ?,
  archived = archived + ?, fizzled = fizzled + ?, defused = defused + ?, paused = paused + ?, waiting = waiting + ?,
  ready = ready + ?, reserved = reserved + ?, running = running + ?, completed = completed + ?, updated_on = ?
WHERE workflow = ? RETURNING *`;

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
    for (const [workflow, { total, openLeaves, states }] of this.#workflows) {
      const steps = countedStates.map((state) => states.get(state) ?? 0);
      const row = this.#database.get<WorkflowRow>(addToWorkflow, total, openLeaves, ...steps, now, workflow);
      if (row) this.#settleState(workflow, row);
    }
    for (const [state, step] of this.#states) if (step !== 0) this.#database.run(addToCount, state, step);
    for (const [lane, step] of this.#lanes) {
      if (step !== 0) this.#database.run('UPDATE lanes SET ready = ready + ? WHERE lane = ?', step, lane);
    }
  }

  #settleState(workflow: number, row: WorkflowRow): void {
    const state = workflowState({
      total: row.total,
      states: {
        ARCHIVED: row.archived,
        FIZZLED: row.fizzled,
        DEFUSED: row.defused,
        PAUSED: row.paused,
        WAITING: row.waiting,
        READY: row.ready,
        RESERVED: row.reserved,
        RUNNING: row.running,
        COMPLETED: row.completed,
      },
      openLeaves: row.open_leaves,
      fizzledBlocks: () => this.#database.get(fizzledBlocks, workflow) !== undefined,
    });
    if (state !== row.state) {
      this.#database.run('UPDATE workflows SET state = ? WHERE workflow = ?', state, workflow);
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, step: number): void {
  counts.set(key, (counts.get(key) ?? 0) + step);
}
