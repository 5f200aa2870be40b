import type { State } from './states.ts';

/** A move that a Firework may make. */
export interface Move {
  /** Null: it is being added. */
  from: State | null;
  to: State;
  /** Who or what causes it, as a sentence. */
  cause: string;
  /** Whether it happens in ordinary work; the diagram of `docs/states.md` draws these only. */
  usual: boolean;
}

/** Every move that a Firework may make: format §3.3. What is not here does not happen. */
export const MOVES: readonly Move[] = [
  usual(null, 'READY', 'It is added and has no parents.'),
  usual(null, 'WAITING', 'It is added below others.'),
  usual(
    'WAITING',
    'READY',
    'Its parents are done (COMPLETED, or FIZZLED where `_allow_fizzled_parents` is set).',
  ),
  usual('WAITING', 'PAUSED', 'The user pauses it.'),
  usual('WAITING', 'DEFUSED', 'The user or an action defuses it.'),
  usual('READY', 'RESERVED', 'A worker or a queue job claims it.'),
  usual('READY', 'PAUSED', 'The user pauses it.'),
  usual('READY', 'DEFUSED', 'The user or an action defuses it.'),
  usual('RESERVED', 'RUNNING', 'Its worker starts it.'),
  usual('RESERVED', 'READY', 'Its Launch is given back, or its reservation is cancelled.'),
  usual('RESERVED', 'PAUSED', 'The user pauses it, or too many workers cannot import a task.'),
  usual('RUNNING', 'COMPLETED', 'Its Launch succeeds, and the action is applied.'),
  usual('RUNNING', 'FIZZLED', 'A task fails, its worker is lost, or the action cannot be applied.'),
  usual('RUNNING', 'READY', 'Its worker gives the Launch back.'),
  usual('COMPLETED', 'WAITING', 'It, or a Firework above it, is rerun.'),
  usual('FIZZLED', 'WAITING', 'It, or a Firework above it, is rerun.'),
  usual('FIZZLED', 'DEFUSED', 'The user defuses it.'),
  usual('FIZZLED', 'COMPLETED', 'A worker that was called lost reports success after all.'),
  usual(
    'PAUSED',
    'WAITING',
    'The user resumes or reruns it, and what its parents and Launches say follows at once.',
  ),
  usual('PAUSED', 'DEFUSED', 'The user or an action defuses it.'),
  usual(
    'DEFUSED',
    'WAITING',
    'The user reignites it, or reruns one above it, and what its parents and Launches say follows at once.',
  ),
  rare('READY', 'WAITING', 'It, or a Firework above it, is rerun, or it gets a parent that is not done.'),
  rare('RESERVED', 'WAITING', 'It, or a Firework above it, is rerun.'),
  rare('RUNNING', 'WAITING', 'It, or a Firework above it, is rerun.'),
  rare('WAITING', 'RESERVED', 'Resumed or reignited, it still holds a RESERVED Launch.'),
  rare('WAITING', 'RUNNING', 'Resumed or reignited, it still holds a RUNNING Launch.'),
  rare('WAITING', 'COMPLETED', 'Its parents are done, and it already holds a COMPLETED Launch.'),
  rare('WAITING', 'FIZZLED', 'Its parents are done, and it already holds a FIZZLED Launch.'),
  rare('READY', 'RUNNING', 'It takes over the Launch of a duplicate that is RUNNING.'),
  rare('READY', 'COMPLETED', 'It takes over the Launch of a duplicate that is COMPLETED.'),
  rare('READY', 'FIZZLED', 'It takes over the Launch of a duplicate that is FIZZLED.'),
  rare('RESERVED', 'COMPLETED', 'It takes over a COMPLETED Launch, or its start was never told.'),
  rare(
    'RESERVED',
    'FIZZLED',
    'It takes over a FIZZLED Launch, its start was never told, or it cannot be loaded.',
  ),
  rare('RUNNING', 'RESERVED', 'Its Launch is given back, and another one is RESERVED.'),
  rare('RUNNING', 'PAUSED', 'Its Launch is given back because too many workers cannot import a task.'),
  rare('RESERVED', 'DEFUSED', 'An action of a Firework above it or beside it defuses it.'),
  rare('RUNNING', 'DEFUSED', 'An action of a Firework above it or beside it defuses it.'),
  rare('COMPLETED', 'DEFUSED', 'An action of a Firework above it defuses it.'),
  rare('ARCHIVED', 'DEFUSED', 'An action of a Firework above it or beside it defuses it.'),
  rare('ARCHIVED', 'WAITING', 'A Firework above it, which is not archived, is rerun.'),
  rare('FIZZLED', 'READY', 'It held no Launch when another program refreshed it.'),
  rare('FIZZLED', 'RESERVED', 'Its FIZZLED Launch is gone, and another one is RESERVED.'),
  rare('FIZZLED', 'RUNNING', 'A Launch that it shares with a duplicate is started.'),
  rare(
    'COMPLETED',
    'READY',
    'It came COMPLETED from a file, without a Launch, and its parents are done now.',
  ),
  rare('COMPLETED', 'RESERVED', 'It came COMPLETED from a file, and only holds a RESERVED Launch.'),
  rare('COMPLETED', 'RUNNING', 'It came COMPLETED from a file, and only holds a RUNNING Launch.'),
  rare('COMPLETED', 'FIZZLED', 'It came COMPLETED from a file, and only holds a FIZZLED Launch.'),
  ...(['PAUSED', 'DEFUSED', 'ARCHIVED', 'RESERVED', 'RUNNING', 'COMPLETED', 'FIZZLED'] as const).map(
    (state) => rare(null, state, 'The file or action that adds it says so, and it has parents.'),
  ),
  ...(['WAITING', 'READY', 'RESERVED', 'RUNNING', 'COMPLETED', 'FIZZLED', 'DEFUSED', 'PAUSED'] as const).map(
    (state) => rare(state, 'ARCHIVED', 'The user archives its Workflow.'),
  ),
];

const allowed: ReadonlySet<string> = new Set(MOVES.map(({ from, to }) => `${from}>${to}`));

/** Whether a Firework may go from one state to another in one step. */
export function mayMove(from: State | null, to: State): boolean {
  return allowed.has(`${from}>${to}`);
}

function usual(from: State | null, to: State, cause: string): Move {
  return { from, to, cause, usual: true };
}

function rare(from: State | null, to: State, cause: string): Move {
  return { from, to, cause, usual: false };
}
