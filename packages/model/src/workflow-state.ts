import type { State } from './states.ts';

/** What a Workflow's state depends on, as counts that a store can keep. */
export interface WorkflowTally {
  total: number;
  /** How many Fireworks are in each state; absent means none. */
  states: Partial<Record<State, number>>;
  /** Fireworks without children that are not COMPLETED. */
  openLeaves: number;
  /** Whether a FIZZLED Firework is a leaf or has a child without `_allow_fizzled_parents`. Asked only if one is FIZZLED. */
  fizzledBlocks(): boolean;
}

/** The state of a Workflow: format §3.4, first match. */
export function workflowState(tally: WorkflowTally): State {
  const some = (state: State) => (tally.states[state] ?? 0) > 0;
  if (tally.openLeaves === 0) return 'COMPLETED';
  if (tally.states.ARCHIVED === tally.total) return 'ARCHIVED';
  if (some('DEFUSED')) return 'DEFUSED';
  if (some('PAUSED')) return 'PAUSED';
  if (some('FIZZLED')) return tally.fizzledBlocks() ? 'FIZZLED' : 'RUNNING';
  if (some('COMPLETED') || some('RUNNING')) return 'RUNNING';
  return some('RESERVED') ? 'RESERVED' : 'READY';
}
