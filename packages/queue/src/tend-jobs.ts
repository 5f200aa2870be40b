import { isSkyrocketError } from '@skyrocket/model/errors';
import { adoptReservations } from './adopt-reservations.ts';
import { settleEndedReservations } from './ended-reservations.ts';
import { explainLost } from './explain-lost.ts';
import type { Qlaunch } from './qlaunch.ts';

/**
 * What a qlaunch looks after before it submits: workers that are dead, reservations whose job is not known or has ended, and why
 * jobs ended in which Launches were lost. @throws SkyrocketError QUEUE_FAILED, STORE_*
 */
export async function tendJobs(qlaunch: Qlaunch): Promise<void> {
  await qlaunch.keepUp();
  await adoptReservations(qlaunch);
  await settleEndedReservations(qlaunch);
  await explainHere(qlaunch);
}

const explainHere = (qlaunch: Qlaunch) =>
  explainLost({ ...qlaunch, system: qlaunch.adapter.system, fworker: qlaunch.fworker.name });

/**
 * What a job of a chain looks after beside its work: workers that are dead, and why their jobs ended, so that what policy reruns is READY
 * before the chain looks whether anything is left. With the token of a worker it may ask for neither; then the next `qlaunch` does.
 */
export async function tendFromJob(qlaunch: Qlaunch): Promise<void> {
  await qlaunch.keepUp();
  try {
    await explainHere(qlaunch);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    if (error.code !== 'NOT_ALLOWED') qlaunch.log.warn(error.message);
  }
}
