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
  await explainLost({ ...qlaunch, system: qlaunch.adapter.system, fworker: qlaunch.fworker.name });
}
