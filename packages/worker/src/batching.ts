/**
 * How many Fireworks a worker claims and starts at once: enough that a launchpad's answer (and its disk) is waited for
 * once for many short ones, few enough that priorities hold, other workers do not starve, and nothing is called RUNNING
 * that waits for a long one. What is not known to be short is taken to be long.
 */

/** How long Launches take, learnt from those that ended. */
export interface Durations {
  observe(kind: string, seconds: number): void;
  /** Seconds that a Launch of this kind takes; Infinity when none has ended yet. */
  foresee(kind: string): number;
  /** Seconds that a Launch takes that nothing is known about. */
  typical(): number;
}

const kindsRemembered = 256;

export function createDurations(): Durations {
  const byKind = new Map<string, number>();
  let all = Number.POSITIVE_INFINITY;
  return {
    observe(kind, seconds) {
      const estimate = learn(byKind.get(kind), seconds);
      byKind.delete(kind);
      byKind.set(kind, estimate);
      if (byKind.size > kindsRemembered) byKind.delete(byKind.keys().next().value ?? kind);
      all = learn(all === Number.POSITIVE_INFINITY ? undefined : all, seconds);
    },
    foresee: (kind) => byKind.get(kind) ?? Number.POSITIVE_INFINITY,
    typical: () => all,
  };
}

/** A long one is believed at once; short ones bring the estimate down slowly. */
function learn(estimate: number | undefined, seconds: number): number {
  return estimate === undefined || seconds > estimate ? seconds : estimate * 0.8 + seconds * 0.2;
}

/** Claimed Fireworks wait for a slot about so long. */
const aheadSeconds = 1;
const claimedAtMost = 500;

export interface ClaimOutlook {
  slots: number;
  /** Slots without a Launch. */
  free: number;
  /** Claimed, without a slot yet. */
  waiting: number;
  typicalSeconds: number;
  /** How many the last claim asked for: each may ask for twice as many. */
  last: number;
}

/** How many Fireworks to claim now; 0 while those that wait will do. */
export function claimCount({ slots, free, waiting, typicalSeconds, last }: ClaimOutlook): number {
  const ahead = Math.min(claimedAtMost, Math.floor((slots * aheadSeconds) / typicalSeconds));
  if (waiting > Math.max(free - 1, Math.floor(ahead / 2))) return 0;
  return Math.max(0, Math.min(free + ahead - waiting, Math.max(free, last * 2)));
}

/** What starts together is over in about so long, so that nothing is RUNNING for long before it runs. */
const startedSeconds = 0.05;
const startedAtMost = 250;

/** How many of the waiting Launches to start now: those that have a slot, and short ones that will have one soon. */
export function startCount(
  foreseen: Iterable<number>,
  { slots, free }: { slots: number; free: number },
): number {
  let count = 0;
  let seconds = 0;
  for (const duration of foreseen) {
    seconds += duration;
    if (count >= free && (seconds > startedSeconds * slots || count >= startedAtMost)) break;
    count++;
  }
  return free === 0 ? 0 : count;
}
