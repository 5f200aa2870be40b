import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { FwId } from '@skyrocket/model/ids';
import type { Room } from './allocation/room.ts';
import { claimCount, kindsOf, type StartOutlook, startCount } from './batching.ts';
import type { Crew } from './crew.ts';
import type { RapidfireOptions } from './rapidfire.ts';
import { lineSeconds } from './slot-line.ts';
import type { StartedLaunch } from './started-launch.ts';

/** What a supply of Launches (supply.ts) knows. Moments are milliseconds on the clock of `performance`. */
export interface SupplyState {
  crew: Crew;
  options: RapidfireOptions;
  /** The allocation that Launches are fitted into; null: only slots are counted. */
  room: Room | null;
  /** Given back since they did not fit beside what runs. */
  passedOverForNow: Set<FwId>;
  /** Claimed and not started. */
  claimed: ClaimedLaunch[];
  /** Started, without a slot, and how many seconds each will take. */
  started: { launch: StartedLaunch; seconds: number }[];
  startedSeconds: number;
  /** How many seconds the last start took. */
  startCallSeconds: number;
  /** Launches in slots, when they were begun, and how many seconds each is expected to take. */
  running: Map<StartedLaunch, { begun: number; seconds: number }>;
  /** Slots that wait for a Launch. */
  idle: ((launch: StartedLaunch | null) => void)[];
  /** Nothing is known to be READY, so that the launchpad is not asked before. */
  dryUntil: number;
  /** How many Fireworks the last claim asked for. */
  lastClaim: number;
  /** When a slot last took or finished a Launch. */
  lastChange: number;
  /** When no more may be begun. */
  deadline: number;
  /** How often none was found READY while nothing ran. */
  loops: number;
  /** Whether the launchpad was asked what is left, since the last claim. */
  hasLooked: boolean;
  /** Nothing is left that this worker could run. */
  isDrained: boolean;
  isOver: boolean;
  wake: (() => void) | null;
}

export type Step =
  | { do: 'start'; count: number }
  /** Those that fit into the allocation, by their place among the claimed ones. */
  | { do: 'start chosen'; places: number[] }
  | { do: 'claim'; count: number }
  | { do: 'report' | 'give back' | 'look again' | 'end' }
  | { do: 'wait'; until: number };

/** All slots have been busy for so long that what waits for one is better left to others. */
const stalledMilliseconds = 2000;

/** What to do now; it changes nothing. */
export function nextStep(state: SupplyState, now: number): Step {
  const { crew, options, claimed, started, running } = state;
  const mayBegin = now < state.deadline && !state.room?.isOver();
  const places = mayBegin ? (state.room?.choose(claimed.map(({ firework }) => firework)) ?? []) : [];
  if (places.length > 0) return { do: 'start chosen', places };
  const count = mayBegin && !state.room ? startCount(foreseen(state), startOutlook(state)) : 0;
  if (count > 0) return { do: 'start', count };
  const queued = claimed.length + started.length;
  const allBusy = running.size >= options.slots || (state.room !== null && isFull(state, state.room));
  const isStalled = allBusy && now >= state.lastChange + stalledMilliseconds;
  if (isStalled && queued > 0) return { do: 'give back' };
  const wanted = mayBegin && !isStalled && now >= state.dryUntil ? claimsWanted(state) : 0;
  if (wanted > 0) return { do: 'claim', count: wanted };
  // Told before looking again: what is READY because of them may be claimed at once.
  if (!allBusy && queued === 0 && crew.reports.untold() > 0) return { do: 'report' };
  if (running.size === 0 && started.length === 0) return nextLook(state, mayBegin);
  const stalls = allBusy && queued > 0 ? state.lastChange + stalledMilliseconds : Number.POSITIVE_INFINITY;
  const looks = now < state.dryUntil ? state.dryUntil : Number.POSITIVE_INFINITY;
  return { do: 'wait', until: Math.min(stalls, looks) };
}

/** Nothing more can begin before something ends. */
const isFull = ({ claimed, running }: SupplyState, { freeCores }: Room): boolean =>
  running.size > 0 && (freeCores === 0 || claimed.length > 0);

/** When nothing runs, and nothing is known to be READY. */
function nextLook(state: SupplyState, mayBegin: boolean): Step {
  const { isDrained, loops, options, dryUntil, hasLooked } = state;
  const isLast = options.maxLoops !== 'unlimited' && loops >= options.maxLoops;
  if (!mayBegin || isDrained || isLast || launchesLeft(state) <= 0) return { do: 'end' };
  return hasLooked ? { do: 'wait', until: Math.min(dryUntil, state.deadline) } : { do: 'look again' };
}

/** How many more Launches are to be claimed. */
function launchesLeft({ options, crew, running, started, claimed }: SupplyState): number {
  if (typeof options.nlaunches !== 'number') return Number.POSITIVE_INFINITY;
  const { completed, fizzled, takenAway } = crew.counts;
  return options.nlaunches - completed - fizzled - takenAway - running.size - started.length - claimed.length;
}

function claimsWanted(state: SupplyState): number {
  const { options, crew, claimed, started, running, lastClaim } = state;
  const count = claimCount({
    slots: options.slots,
    free: Math.min(options.slots - running.size, state.room?.freeCores ?? Number.POSITIVE_INFINITY),
    waiting: claimed.length + started.length,
    typicalSeconds: crew.durations.typical(),
    last: lastClaim,
    choice: state.room?.choice ?? 0,
  });
  return Math.min(count, launchesLeft(state));
}

function* foreseen({ claimed, crew }: SupplyState): Iterable<number> {
  for (const { firework } of claimed) yield crew.durations.foresee(kindsOf(firework));
}

/** What has run longer than foreseen, waiting in a line left aside, is foreseen to take twice as long as it has. */
export function startOutlook(state: SupplyState): StartOutlook {
  const { options, running, started, startedSeconds, startCallSeconds } = state;
  const now = performance.now();
  return {
    slots: options.slots,
    running: [...running.values()].map(({ begun, seconds }) => {
      const elapsed = (now - begun) / 1000;
      return elapsed > Math.max(seconds, lineSeconds) ? 2 * elapsed : seconds;
    }),
    ahead: started.length,
    aheadSeconds: startedSeconds,
    callSeconds: startCallSeconds,
  };
}
