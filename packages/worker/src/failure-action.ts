import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { PythonTaskError } from './python-bridge-errors.ts';

/** Why a Launch is FIZZLED. */
export interface Failure {
  /** What happened in a few words, as FireWorks puts it. */
  message: string;
  /** The task that was running; null when none was. */
  task: UserValue;
  /** `_stacktrace` (in Python the stack, else one sentence) and `_details`. */
  exception: UserMap;
  /** The last lines that the tasks printed. */
  output: string;
}

/** The failure that an error is. `output`: what the tasks printed. */
export function failureOf(error: unknown, at: { task: UserValue; output: string }): Failure {
  const exception =
    error instanceof PythonTaskError ? error.exception : exceptionDocument(explanation(error));
  return { ...at, message: 'runtime error during task', exception };
}

export function failureWithReason(reason: string, task: UserValue = null): Failure {
  return { message: reason, task, exception: exceptionDocument(reason), output: '' };
}

/** The action of a FIZZLED Launch, as FireWorks stores it (format §7.2); `_output` is ours. */
export function failureAction({ message, task, exception, output }: Failure): FWAction {
  const storedData: UserMap = new Map<string, UserValue>([
    ['_message', message],
    ['_task', task],
    ['_exception', exception],
  ]);
  if (output !== '') storedData.set('_output', output);
  return { ...emptyAction(), storedData, exit: true };
}

/** Our errors say it all in their sentence; of others the place is worth knowing. */
function explanation(error: unknown): string {
  if (isSkyrocketError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const exceptionDocument = (stacktrace: string): UserMap =>
  new Map<string, UserValue>([
    ['_stacktrace', stacktrace],
    ['_details', null],
  ]);
