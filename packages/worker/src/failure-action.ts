import type { FWAction } from '@skyrocket/model/action';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { exceptionDocument, type FailedAction, failedAction } from '@skyrocket/model/failed-action';
import type { UserValue } from '@skyrocket/model/user-data';
import { PythonTaskError } from './python-bridge-errors.ts';

/** Why a Launch is FIZZLED. */
export interface Failure extends Omit<FailedAction, 'more'> {
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
export function failureAction({ output, ...failure }: Failure): FWAction {
  return failedAction({ ...failure, ...(output !== '' && { more: new Map([['_output', output]]) }) });
}

/** Our errors say it all in their sentence; of others the place is worth knowing. */
function explanation(error: unknown): string {
  if (isSkyrocketError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
