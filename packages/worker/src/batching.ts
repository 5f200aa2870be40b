import type { FireworkRecord } from '@skyrocket/model/records';
import { taskClasses } from './launch-tasks.ts';

/**
 * How many Fireworks a worker claims and starts at once: enough that a launchpad's answer (and its disk) is waited for
 * once for many short ones, few enough that priorities hold, other workers do not starve, and nothing is called RUNNING
 * that waits for a long one. What is not known to be short is taken to be long.
 */

/** How long Launches take, learnt from those that ended. */
export interface Durations {
  observe(kinds: Kinds, seconds: number): void;
  /** Seconds that a Launch takes, by the first kind that is known; Infinity when none is. */
  foresee(kinds: Kinds): number;
  /** Seconds that a Launch takes that nothing is known about. */
  typical(): number;
}

/** What a Launch is like, in falling order of likeness. */
export type Kinds = readonly string[];

/** The same name and task classes, else the same task classes: names may be as many as Fireworks. */
export function kindsOf({ name, spec }: Pick<FireworkRecord, 'name' | 'spec'>): Kinds {
  const classes = taskClasses(spec).join(' ');
  return [`${classes}\n${name}`, classes];
}

/** At least so many of those that were met last, and at most twice as many. */
const kindsRemembered = 256;

export function createDurations(): Durations {
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  let all = Number.POSITIVE_INFINITY;
  const known = (kind: string) => recent.get(kind) ?? older.get(kind);
  return {
    observe(kinds, seconds) {
      for (const kind of kinds) recent.set(kind, learn(known(kind), seconds));
      all = learn(all === Number.POSITIVE_INFINITY ? undefined : all, seconds);
      if (recent.size < kindsRemembered) return;
      older = recent;
      recent = new Map();
    },
    foresee(kinds) {
      for (const kind of kinds) {
        const seconds = known(kind);
        if (seconds !== undefined) return seconds;
      }
      return Number.POSITIVE_INFINITY;
    },
    typical: () => all,
  };
}

/**
 * A long one is believed at once; short ones bring the estimate down slowly. That one of the short ones takes some
 * milliseconds more is mostly another process on the same core.
 */
function learn(estimate: number | undefined, seconds: number): number {
  const isLonger = estimate === undefined || (seconds > estimate && seconds > startedSeconds / 2);
  return isLonger ? seconds : estimate * 0.8 + seconds * 0.2;
}

/** Claimed Fireworks wait for a slot about so long. */
const aheadSeconds = 1;
const claimedAtMost = 750;

/** The first ones show how long they take; who asked for few on and on would wait for a launchpad that many ask. */
const growth = 4;

export interface ClaimOutlook {
  slots: number;
  /** Slots without a Launch. */
  free: number;
  /** Claimed, without a slot yet. */
  waiting: number;
  typicalSeconds: number;
  /** How many the last claim asked for: each may ask for {@link growth} times as many. */
  last: number;
  /** So many more are wanted while a slot is free, to choose one that fits: they are not alike. Default: none. */
  choice?: number;
}

/** How many Fireworks to claim now; 0 while those that wait will do. */
export function claimCount({ slots, free, waiting, typicalSeconds, last, choice = 0 }: ClaimOutlook): number {
  const soon = Math.min(claimedAtMost, Math.floor((slots * aheadSeconds) / typicalSeconds));
  const ahead = free > 0 ? Math.max(soon, choice) : soon;
  if (waiting > Math.max(free - 1, Math.floor((ahead * 2) / 3))) return 0;
  return Math.max(0, Math.min(free + ahead - waiting, Math.max(free, last * growth)));
}

/** What is started runs within about so long, so that nothing is RUNNING for long before it runs. */
const startedSeconds = 0.1;
const startedAtMost = 500;

/** Calls of a busy launchpad take up no more than about a fifth of the time: they are made for more at once. */
const callShare = 4;
const longestSeconds = 1;

/**
 * How many seconds of work one call should be about: few where the launchpad answers at once, more where it does not.
 * @param callSeconds how long the last such call took
 */
export function secondsPerCall(callSeconds: number): number {
  return Math.min(longestSeconds, Math.max(startedSeconds, callShare * callSeconds));
}

export interface StartOutlook {
  slots: number;
  /** Seconds that each of the running Launches takes, as far as one can tell. */
  running: readonly number[];
  /** Started, without a slot: how many, and how many seconds they take together. */
  ahead: number;
  aheadSeconds: number;
  /** How long the last start took. */
  callSeconds: number;
}

/** Whether enough is started for a while. */
export function isSupplied({ slots, running, ahead, aheadSeconds, callSeconds }: StartOutlook): boolean {
  const free = slots - running.length;
  const wanted = secondsPerCall(callSeconds);
  if (ahead < free) return false;
  // Of very short ones each start is to be about many.
  return ahead >= startedAtMost / 2 || busySeconds(running, wanted) + aheadSeconds > (wanted / 2) * slots;
}

/** A long one takes up its own slot, not those of others. */
const busySeconds = (running: readonly number[], most: number) =>
  running.reduce((sum, seconds) => sum + Math.min(seconds, most), 0);

/**
 * How many of the claimed Launches to start now, given how many seconds each takes: those that have a slot, and short ones
 * that will have one soon.
 */
export function startCount(claimed: Iterable<number>, outlook: StartOutlook): number {
  if (isSupplied(outlook)) return 0;
  const { slots, running, ahead, aheadSeconds } = outlook;
  const free = slots - running.length;
  const wanted = secondsPerCall(outlook.callSeconds);
  let seconds = busySeconds(running, wanted) + aheadSeconds;
  let count = 0;
  for (const duration of claimed) {
    seconds += duration;
    const hasSlot = ahead + count < free;
    if (!hasSlot && (seconds > wanted * slots || ahead + count >= startedAtMost)) break;
    count++;
  }
  return count;
}
