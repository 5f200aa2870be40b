import { pauseFor } from '@skyrocket/worker/outage';

/**
 * Does a round of work again and again, with a pause of so many seconds between two, until SIGINT or SIGTERM: one ends a
 * pause at once, and lets a round that it finds under way be finished. Resolves to the exit code, 128 + the signal.
 */
export async function repeatUntilStopped(seconds: number, round: () => Promise<void>): Promise<number> {
  const stop = new AbortController();
  let exitCode = 0;
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      exitCode = code;
      stop.abort();
    });
  }
  while (!stop.signal.aborted) {
    await round();
    await pauseFor(seconds * 1000, stop.signal);
  }
  return exitCode;
}
