import { emptyAction, type FWAction } from '../action.ts';
import type { UserValue } from '../user-data.ts';

const lostKey = '_lost';

/** What is kept with a Launch whose worker was lost, in the form of FireWorks' own failures (format §7.2). */
export function lostAction(reason: string): FWAction {
  return {
    ...emptyAction(),
    exit: true,
    storedData: new Map<string, UserValue>([
      ['_message', 'the worker was lost'],
      ['_task', null],
      [
        '_exception',
        new Map<string, UserValue>([
          ['_stacktrace', reason],
          ['_details', null],
        ]),
      ],
      [lostKey, reason],
    ]),
  };
}

/** Whether an action is one of {@link lostAction}: nothing that the Launch itself said. */
export function saysLost(action: FWAction): boolean {
  return action.storedData.has(lostKey);
}
