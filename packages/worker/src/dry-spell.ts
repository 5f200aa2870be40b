/**
 * When a worker asks for work again that found nothing READY. Others are at work meanwhile, and what becomes READY because
 * of them should not wait until its sleep is over: it asks soon at first, then less and less often. A loop of its options is
 * a whole sleep all the same, however often it asks meanwhile. Moments are milliseconds on the clock of `performance`.
 */
export interface DrySpell {
  /** Nothing is known to be READY, so that the launchpad is not asked before. */
  readonly until: number;
  /** A claim was answered: there is nothing more. `found`: there was something until then. */
  begin(now: number, found: boolean): void;
  /** There may be work again. */
  end(): void;
  /** Whether a loop has begun since this was last asked. */
  isNewLoop(): boolean;
  /** The longest pause between two claims, in seconds. */
  readonly longestSeconds: number;
}

/** Asking again and again without a pause would keep the launchpad busy for nothing. */
const leastSleepSeconds = 0.1;

const firstSeconds = 1;

/** So often is asked in a loop when nothing has been READY for long. */
const claimsInLoop = 4;

/** @param sleepSeconds RAPIDFIRE_SLEEP_SECS */
export function createDrySpell(sleepSeconds: number): DrySpell {
  const sleep = Math.max(sleepSeconds, leastSleepSeconds);
  const longest = Math.min(sleep, Math.max(firstSeconds, sleep / claimsInLoop));
  let until = 0;
  let pause = 0;
  let lastClaim = Number.NEGATIVE_INFINITY;
  let loopEnds = Number.NEGATIVE_INFINITY;
  return {
    get until() {
      return until;
    },
    longestSeconds: longest,
    begin(now, found) {
      pause = Math.min(longest, found || pause === 0 ? firstSeconds : 2 * pause);
      lastClaim = now;
      until = now + pause * 1000;
    },
    end() {
      until = 0;
      pause = 0;
    },
    isNewLoop() {
      const isNew = lastClaim >= loopEnds;
      if (isNew) loopEnds = lastClaim + sleep * 1000;
      return isNew;
    },
  };
}
