/** Counts what somebody does in a minute. Those who were not seen for longest are forgotten first. */
export interface RateLimiter {
  /** Seconds until `who` may go on; 0: now. */
  wait(who: string): number;
  /** Counts one more. */
  count(who: string): void;
}

interface Count {
  left: number;
  /** When the minute of this count is over. */
  until: number;
}

const minute = 60_000;
const rememberedCallers = 100_000;

export function rateLimiter(perMinute: number): RateLimiter {
  const counts = new Map<string, Count>();
  const current = (who: string) => {
    const count = counts.get(who);
    return count && count.until > Date.now() ? count : null;
  };
  return {
    wait(who) {
      const count = current(who);
      return count === null || count.left > 0 ? 0 : Math.ceil((count.until - Date.now()) / 1000);
    },
    count(who) {
      const count = current(who) ?? { left: perMinute, until: Date.now() + minute };
      count.left--;
      counts.delete(who);
      counts.set(who, count);
      const [oldest] = counts.keys();
      if (counts.size > rememberedCallers && oldest !== undefined) counts.delete(oldest);
    },
  };
}
