/**
 * The states of Fireworks, Launches and Workflows (one set of names for all three) and their ranks: format §3.1.
 * - `ARCHIVED`: put away for good; no command brings it back.
 * - `FIZZLED`: a task failed, or the Launch was lost. Left by rerun.
 * - `DEFUSED`: switched off by the user or by an action. Left by reignite.
 * - `PAUSED`: held back by the user. Left by resume.
 * - `WAITING`: a parent is not done.
 * - `READY`: may be claimed.
 * - `RESERVED`: claimed by a worker or a queue job that has not started it.
 * - `RUNNING`: started.
 * - `COMPLETED`: done, its action applied.
 */
export const STATES = [
  'ARCHIVED',
  'FIZZLED',
  'DEFUSED',
  'PAUSED',
  'WAITING',
  'READY',
  'RESERVED',
  'RUNNING',
  'COMPLETED',
] as const;

export type State = (typeof STATES)[number];

/** States that a Launch can have: format §2.3 (`READY` after a cancelled reservation). */
export type LaunchState = 'READY' | 'RESERVED' | 'RUNNING' | 'COMPLETED' | 'FIZZLED';

/** The rank by which the representative Launch of a Firework is chosen: format §3.1. */
export const STATE_RANK: Readonly<Record<State, number>> = {
  ARCHIVED: -2,
  FIZZLED: -1,
  DEFUSED: 0,
  PAUSED: 0,
  WAITING: 1,
  READY: 2,
  RESERVED: 3,
  RUNNING: 4,
  COMPLETED: 5,
};

/** The state that a text names, in any case; null when it names none. */
export function readState(text: string): State | null {
  const upper = text.toUpperCase();
  return STATES.find((state) => state === upper) ?? null;
}
