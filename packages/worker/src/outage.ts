import type { Log } from '@skyrocket/contract/log';
import { type ErrorCode, isSkyrocketError } from '@skyrocket/model/errors';

/** Failures of the launchpad that pass: what was asked is safe to ask again. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['STORE_UNAVAILABLE', 'STORE_FULL']);

export const isOutage = (error: unknown): error is Error =>
  isSkyrocketError(error) && passing.has(error.code);

const firstPauseMilliseconds = 1000;
const longestPauseMilliseconds = 30_000;

/** How long to wait before the attempt after so many failed ones: doubled each time, and spread by up to a half. */
export function outagePause(failures: number, random = Math.random()): number {
  const pause = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** (failures - 1));
  return pause * (0.5 + random / 2);
}

export interface Patience {
  log: Log;
  /** What is tried, for messages: `claiming`. */
  what: string;
  /** Ends the patience: then the last failure is thrown. */
  until: AbortSignal;
}

/** Tries until the launchpad answers, or until patience ends. @throws what is no outage, at once */
export async function throughOutages<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      const answer = await attempt();
      if (failures > 1) patience.log.info(`the launchpad answers again (${patience.what})`);
      return answer;
    } catch (error) {
      if (!isOutage(error) || patience.until.aborted) throw error;
      const pause = outagePause(failures);
      patience.log.warn(
        `${patience.what}: ${error.message}; the next attempt is in ${Math.ceil(pause / 1000)} s`,
      );
      await pauseFor(pause, patience.until);
    }
  }
}

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export function pauseFor(milliseconds: number, until: AbortSignal): Promise<void> {
  if (until.aborted || milliseconds <= 0) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      until.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    until.addEventListener('abort', end);
  });
}
