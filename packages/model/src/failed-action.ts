import { emptyAction, type FWAction } from './action.ts';
import type { UserMap, UserValue } from './user-data.ts';

/** Why a Launch failed, as FireWorks stores it (format §7.2). */
export interface FailedAction {
  message: string;
  /** The task that failed; null: none was at fault. */
  task: UserValue;
  /** {@link exceptionDocument} */
  exception: UserMap;
  /** What is stored beside that. */
  more?: UserMap;
}

/** The action of a Launch that failed: it ends its Firework. */
export function failedAction({ message, task, exception, more = new Map() }: FailedAction): FWAction {
  const storedData = new Map<string, UserValue>([
    ['_message', message],
    ['_task', task],
    ['_exception', exception],
    ...more,
  ]);
  return { ...emptyAction(), storedData, exit: true };
}

/** `_exception`: in Python a stack trace, else one sentence. */
export function exceptionDocument(stacktrace: string): UserMap {
  return new Map<string, UserValue>([
    ['_stacktrace', stacktrace],
    ['_details', null],
  ]);
}
