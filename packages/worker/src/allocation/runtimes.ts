/** How long Fireworks of a name take, from those that have ended. */
export interface Runtimes {
  isKnown(name: string): boolean;
  /** Nineteen of twenty took less, and a margin; null when nothing is known. */
  foresee(name: string): number | null;
  /** What others know; the last ones first. */
  learn(name: string, seconds: readonly number[]): void;
  observe(name: string, seconds: number): void;
}

/** Launches differ: what is learnt gets a margin. */
const learntMargin = 1.2;
const learntAtMost = 100;

export function createRuntimes(): Runtimes {
  const runtimes = new Map<string, { seconds: readonly number[]; foreseen: number | null }>();
  const learn = (name: string, seconds: readonly number[]) =>
    void runtimes.set(name, { seconds, foreseen: learntSeconds(seconds) });
  return {
    isKnown: (name) => runtimes.has(name),
    foresee: (name) => runtimes.get(name)?.foreseen ?? null,
    learn,
    observe: (name, seconds) =>
      learn(name, [seconds, ...(runtimes.get(name)?.seconds ?? [])].slice(0, learntAtMost)),
  };
}

function learntSeconds(seconds: readonly number[]): number | null {
  if (seconds.length === 0) return null;
  const sorted = [...seconds].sort((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
  return p95 * learntMargin;
}
