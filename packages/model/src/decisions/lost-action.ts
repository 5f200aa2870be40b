import type { FWAction } from '../action.ts';
import { exceptionDocument, failedAction } from '../failed-action.ts';
import { isUserMap, type UserMap, type UserValue } from '../user-data.ts';

const lostKey = '_lost';
const jobKey = '_job';

/** The job of a batch system in which a lost Launch ran. */
export interface LostJob {
  system: string;
  id: string;
  restarts: number;
}

/**
 * What is kept with a Launch whose worker was lost, in the form of FireWorks' own failures (format §7.2). Its job, if it ran in one,
 * is kept so that the batch system can be asked later why it ended.
 */
export function lostAction(reason: string, job?: LostJob): FWAction {
  return actionWith(
    reason,
    job ? new Map<string, UserValue>([[jobKey, new Map(Object.entries(job))]]) : new Map(),
  );
}

function actionWith(reason: string, more: UserMap): FWAction {
  return failedAction({
    message: 'the worker was lost',
    task: null,
    exception: exceptionDocument(reason),
    more: new Map<string, UserValue>([[lostKey, reason], ...more]),
  });
}

/** The job of a lost Launch of which it is not known yet how it ended; null where there is none. */
export function unexplainedJob(action: FWAction): LostJob | null {
  const job = action.storedData.get(jobKey) ?? null;
  if (!saysLost(action) || !isUserMap(job) || job.has('cause')) return null;
  return {
    system: String(job.get('system')),
    id: String(job.get('id')),
    restarts: Number(job.get('restarts')),
  };
}

/** The action of a lost Launch with what its batch system says of its job; null when there is nothing to explain. */
export function explainedAction(action: FWAction, end: { cause: string; words: string }): FWAction | null {
  const job = unexplainedJob(action);
  if (!job) return null;
  const reason = `${String(action.storedData.get(lostKey))} Its job ${job.id} ended: ${end.words}.`;
  return actionWith(
    reason,
    new Map([[jobKey, new Map<string, UserValue>(Object.entries({ ...job, ...end }))]]),
  );
}

/** Whether an action is one of {@link lostAction}: nothing that the Launch itself said. */
export function saysLost(action: FWAction): boolean {
  return action.storedData.has(lostKey);
}
