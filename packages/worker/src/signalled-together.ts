import { constants } from 'node:os';
import { PythonProcessEndError } from './python-bridge-errors.ts';
import type { CommandEnd } from './run-command.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { StopSignal } from './stop.ts';

// Who ends a whole job signals its processes one after another (`scancel --full`, a closing terminal), so that a task may
// die of it just before its worker is told. Then it is the worker that was interrupted, and nothing is to be begun any more.

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const stopNames: ReadonlySet<string> = new Set(stopSignals);

/** A shell ends with these when its command was ended by such a signal. */
const stopCodes: ReadonlySet<number | null> = new Set(
  stopSignals.map((name) => 128 + constants.signals[name]),
);

/** Whether a task may have failed of a signal that its worker is about to get. `end`: of its last command. */
export function mayBeOfAStop(error: unknown, end: CommandEnd | null): boolean {
  if (error instanceof PythonProcessEndError) return true;
  return end !== null && (stopNames.has(end.signal ?? '') || stopCodes.has(end.exitCode));
}

/** All processes of a job have their signal within this. */
const togetherMilliseconds = 1000;

/** Resolves when the Launch has to end, at the latest after a moment. */
export function whenItHasToEnd({ ending, signal }: StartedLaunch): Promise<void> {
  if (ending) return Promise.resolve();
  return new Promise((resolve) => {
    const goOn = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', goOn);
      resolve();
    };
    const timer = setTimeout(goOn, togetherMilliseconds);
    signal.addEventListener('abort', goOn);
  });
}
