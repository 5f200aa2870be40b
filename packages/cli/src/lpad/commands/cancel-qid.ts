import type { Log } from '@skyrocket/contract/log';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type GivenBack, giveReservationsBack } from '@skyrocket/worker/offline/giving-back';
import { isBatchId } from '@skyrocket/worker/offline/preparing';
import { text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { LpadCommand, LpadContext } from '../context.ts';

const job = text('--qid', 'ID', 'the id of the queue job');

/**
 * Takes a reservation back, then the job out of the queue, where my_qadapter.yaml says how. A job that starts between the two
 * finds its Firework READY and runs it, if it is not ended first.
 */
export const command: LpadCommand = {
  options: [job],
  async run(line, context) {
    const reservationId = line.value(job);
    if (reservationId === null) throw usageError('which reservation? name its queue job with --qid');
    const launchpad = await context.launchpad();
    const { fireworks } = await launchpad.findFireworks({ reservationId, fields: 'launches' });
    const launches = fireworks.flatMap((firework) => firework.launchRecords);
    const mine = launches.filter(({ history }) =>
      history.some((entry) => entry.reservationId === reservationId),
    );
    if (mine.length === 0) {
      throw new SkyrocketError('NOT_FOUND', `no Firework is reserved for a queue job ${reservationId}`);
    }
    const { cancelled, kept } = await giveReservationsBack(
      launchpad,
      mine.map((launch) => launch.launchId),
      `The reservation for job ${reservationId} was cancelled.`,
    );
    tellKept(kept, context.log);
    if (cancelled.length === 0 && kept.length > 0) return 1;
    if (cancelled.length === 0) {
      const states = mine.map((launch) => launch.state).join(', ');
      throw new SkyrocketError(
        'NOT_ALLOWED',
        `job ${reservationId} has begun: its Launch is ${states}, so nothing was cancelled`,
      );
    }
    if (!isBatchId(reservationId)) await cancelJob(context, reservationId);
    return 0;
  },
};

/** Reservations of Launches that run without the launchpad, and have begun. */
export function tellKept(kept: GivenBack['kept'], log: Log): void {
  for (const { fwId, why } of kept) log.error(`the reservation of Firework ${fwId} stays: ${why}`);
}

async function cancelJob(context: LpadContext, jobId: string): Promise<void> {
  const { openConfiguredQueue } = await import('../../qlaunch/open-queue.ts');
  const queue = await openConfiguredQueue(context);
  if (queue === null) {
    context.log.warn(
      `job ${jobId} is still in the queue: there is no my_qadapter.yaml that says how to take it out`,
    );
    return;
  }
  await queue.cancel([jobId]);
}
