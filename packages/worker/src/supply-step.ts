import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { FwId } from '@skyrocket/model/ids';
import type { Chosen } from './allocation/room.ts';
import { claimCount, isSupplied, kindsOf, type StartOutlook, startCount } from './batching.ts';
import type { Crew } from './crew.ts';
import type { DrySpell } from './dry-spell.ts';
import type { RapidfireOptions } from './rapidfire.ts';
import { lineSeconds } from './slot-line.ts';
import type { SlotShares } from './slot-shares.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { StartedQueue } from './started-queue.ts';

/** What a supply of Launches (supply.ts) knows. Moments are milliseconds on the clock of `performance`. */
export interface SupplyState {
  crew: Crew;
  options: RapidfireOptions;
  /** Of the allocation that Launches are fitted into; null: only slots are counted. */
  shares: SlotShares | null;
  /** Given back since they did not fit beside what runs. */
  passedOverForNow: Set<FwId>;
  /** Claimed and not started. */
  claimed: ClaimedLaunch[];
  /** Launches that are being started: of which kinds they are, and how many. */
  starting: { kinds: ReadonlySet<string>; count: number };
  /** Started, without a slot. */
  started: StartedQueue;
  /** How many seconds the last start took. */
  startCallSeconds: number;
  /** Launches in slots. */
  running: Map<StartedLaunch, InSlot>;
  /** Slots that wait for a Launch. */
  idle: { slot: number; take(launch: StartedLaunch | null): void }[];
  drySpell: DrySpell;
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
  /** It said that something is READY, and no claim has got anything since. */
  readyWasSeen: boolean;
  /** Nothing is left that this worker could run. */
  isDrained: boolean;
  isOver: boolean;
  wake: (() => void) | null;
}

export interface InSlot {
  slot: number;
  kind: string;
  /** Of its tasks: its share of the allocation. */
  environment: Record<string, string>;
  /** When it was begun, and how many seconds it is expected to take. */
  begun: number;
  seconds: number;
}

export const noneStarting: SupplyState['starting'] = { kinds: new Set(), count: 0 };

/** Of all Launches, where they are not fitted into an allocation: any slot will do. */
export const anyKind = '';

export type Step =
  /** Claimed Launches, by their place among them; without an allocation all of them follow. */
  | ({ do: 'start' } & Chosen)
  | { do: 'claim'; count: number }
  | { do: 'report' | 'give back' | 'look again' | 'end' }
  | { do: 'wait'; until: number };

/** All slots have been busy for so long that what waits for one is better left to others. */
const stalledMilliseconds = 2000;

/** What to do now; it changes nothing. */
export function nextStep(state: SupplyState, now: number): Step {
  const { crew, options, claimed, started, running } = state;
  const mayBegin = mayBeginAt(state, now);
  const starts = mayBegin ? toStart(state) : none;
  if (starts.begin.length + starts.follow.length > 0) return { do: 'start', ...starts };
  const queued = claimed.length + started.length;
  const allBusy = running.size >= options.slots || isFull(state);
  const stalls = Math.min(
    allBusy ? state.lastChange + stalledMilliseconds : Number.POSITIVE_INFINITY,
    stuckAt(state),
  );
  const isStalled = now >= stalls;
  if (isStalled && queued > 0) return { do: 'give back' };
  const wanted = isStalled ? 0 : claimsWanted(state, now);
  if (wanted > 0) return { do: 'claim', count: wanted };
  // Told before looking again: what is READY because of them may be claimed at once.
  if (!allBusy && queued === 0 && crew.reports.untold() > 0) return { do: 'report' };
  if (running.size === 0 && started.length === 0) return nextLook(state, mayBegin);
  const dryUntil = state.drySpell.until;
  const looks = now < dryUntil ? dryUntil : Number.POSITIVE_INFINITY;
  return { do: 'wait', until: Math.min(queued > 0 ? stalls : Number.POSITIVE_INFINITY, looks) };
}

const mayBeginAt = ({ deadline, shares }: SupplyState, now: number): boolean =>
  now < deadline && !shares?.room.isOver();

/** In an allocation: those that have a share free to themselves, and short ones that will have one soon. */
function toStart(state: SupplyState): Chosen {
  const { shares, claimed, options } = state;
  if (!shares) {
    const count = startCount(foreseen(claimed, state), startOutlook(state, anyKind));
    return { begin: [], follow: Array.from({ length: count }, (_, place) => place) };
  }
  const { room } = shares;
  // Asked at every step, and each answer looks at all that are claimed.
  if (room.freeCores === 0 && shares.kinds().every((kind) => isSupplied(startOutlook(state, kind))))
    return none;
  const fireworks = claimed.map(({ firework }) => firework);
  const { begin, follow } = room.choose(fireworks, options.slots - shares.taken);
  const first = fireworks[follow[0] ?? -1];
  if (!first) return { begin, follow };
  return { begin, follow: follow.slice(0, followCount(room.kindOf(first), { begin, follow }, state)) };
}

const none: Chosen = { begin: [], follow: [] };

/** How many of those that may follow are worth a start now; all are of one kind. */
function followCount(kind: string, starts: Chosen, state: SupplyState): number {
  const claimsAt = (places: number[]) => places.flatMap((place) => state.claimed[place] ?? []);
  const alike = claimsAt(starts.begin).filter((claim) => state.shares?.room.kindOf(claim.firework) === kind);
  const outlook = startOutlook(state, kind);
  const durations = foreseen([...alike, ...claimsAt(starts.follow)], state);
  const count = startCount(durations, { ...outlook, slots: outlook.slots + alike.length });
  return Math.max(0, count - alike.length);
}

function* foreseen(claims: Iterable<ClaimedLaunch>, { crew }: SupplyState): Iterable<number> {
  for (const { firework } of claims) yield crew.durations.foresee(kindsOf(firework));
}

/** Nothing more can begin before something ends. */
const isFull = ({ claimed, started, running, shares }: SupplyState): boolean =>
  shares !== null && running.size > 0 && (shares.room.freeCores === 0 || claimed.length + started.length > 0);

/** When those of a kind that wait are better left to others, since nothing has moved in any share of that kind. */
function stuckAt({ shares, started }: SupplyState): number {
  let first = Number.POSITIVE_INFINITY;
  for (const kind of shares ? started.kinds() : [])
    first = Math.min(first, (shares?.lastChange(kind) ?? first) + stalledMilliseconds);
  return first;
}

/** When nothing runs, and nothing is known to be READY. */
function nextLook(state: SupplyState, mayBegin: boolean): Step {
  const { isDrained, loops, options, drySpell, hasLooked } = state;
  const isLast = options.maxLoops !== 'unlimited' && loops >= options.maxLoops;
  if (!mayBegin || isDrained || isLast || launchesLeft(state) <= 0) return { do: 'end' };
  return hasLooked ? { do: 'wait', until: Math.min(drySpell.until, state.deadline) } : { do: 'look again' };
}

/** How many more Launches are to be claimed. */
function launchesLeft({ options, crew, running, started, starting, claimed }: SupplyState): number {
  if (typeof options.nlaunches !== 'number') return Number.POSITIVE_INFINITY;
  const { completed, fizzled, takenAway } = crew.counts;
  const begun = completed + fizzled + takenAway + running.size;
  return options.nlaunches - begun - started.length - starting.count - claimed.length;
}

/** How many Fireworks to claim now; also while others are being started. */
export function claimsWanted(state: SupplyState, now: number): number {
  const { options, crew, claimed, started, starting, running, lastClaim, shares } = state;
  if (state.isOver || !mayBeginAt(state, now) || now < state.drySpell.until) return 0;
  const room = shares?.room;
  const count = claimCount({
    slots: options.slots,
    free: Math.min(options.slots - running.size, room?.freeCores ?? Number.POSITIVE_INFINITY),
    waiting: claimed.length + starting.count + started.length,
    typicalSeconds: crew.durations.typical(),
    last: lastClaim,
    choice: room?.choice ?? 0,
  });
  return Math.min(count, launchesLeft(state));
}

/** What has run longer than foreseen, waiting in a line left aside, is foreseen to take twice as long as it has. */
export function startOutlook(state: SupplyState, kind: string): StartOutlook {
  const { options, running, started, startCallSeconds, shares } = state;
  const now = performance.now();
  const ahead = started.of(kind);
  return {
    slots: shares?.count(kind) ?? options.slots,
    running: [...running.values()].flatMap((one) => {
      if (one.kind !== kind) return [];
      const elapsed = (now - one.begun) / 1000;
      return elapsed > Math.max(one.seconds, lineSeconds) ? 2 * elapsed : one.seconds;
    }),
    ahead: ahead.count,
    aheadSeconds: ahead.seconds,
    callSeconds: startCallSeconds,
  };
}
