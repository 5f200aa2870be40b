import type { FoundFirework } from '@skyrocket/contract/questions';
import type { LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { JobEnd } from './batch-system.ts';
import type { Qlaunch } from './qlaunch.ts';

/**
 * A reservation whose job has ended without starting its Firework (cancelled while it waited, or its node failed at once) stands for
 * nothing any more. It is given back where policy reruns what ends so; else it stays, and a person is told how to take it back:
 * what was cancelled on purpose must not come again by itself. A job counts as ended only when the batch system says how it ended;
 * that it is not listed is only why it is asked.
 */
export async function settleEndedReservations(qlaunch: Qlaunch): Promise<{ cancelled: LaunchId[] }> {
  const { launchpad, queue, log, policy, random } = qlaunch;
  const reserved = await reservationsWithJob(qlaunch);
  if (reserved.length === 0) return { cancelled: [] };
  const listed = await queue.list('all');
  const open = new Set(listed.filter(({ state }) => state !== 'ended').map(({ id }) => id));
  const cancelled: LaunchId[] = [];
  for (const { firework, launchId, jobId } of reserved) {
    const end = open.has(jobId) ? 'open' : await queue.howEnded(jobId);
    if (typeof end === 'string') continue;
    const again = policy.rerun.includes(end.cause) && firework.archivedLaunches.length < policy.atMost;
    if (!again) {
      log.warn(`${sentence(firework, jobId, end)}; lpad cancel_qid --qid ${jobId} gives it back`);
      continue;
    }
    const reason = `Its job ${jobId} ended before it began: ${end.words}.`;
    const given = await launchpad.cancelReservations({ key: random(), launchIds: [launchId], reason });
    if (given.cancelled.length > 0) log.warn(`${sentence(firework, jobId, end)}; it is READY again`);
    cancelled.push(...given.cancelled);
  }
  return { cancelled };
}

const sentence = ({ fwId }: FoundFirework, jobId: string, { words }: JobEnd) =>
  `Firework ${fwId} was reserved for job ${jobId}, which ended before it began (${words})`;

interface Reserved {
  firework: FoundFirework;
  launchId: LaunchId;
  jobId: string;
}

async function reservationsWithJob({ launchpad, fworker }: Qlaunch): Promise<Reserved[]> {
  const { fireworks } = await launchpad.findFireworks({
    filter: new Map([['state', 'RESERVED']]),
    fields: 'launches',
  });
  return fireworks.flatMap((firework) =>
    firework.launchRecords.flatMap((launch): Reserved[] => {
      const jobId = jobOf(launch);
      if (launch.state !== 'RESERVED' || launch.fworker.name !== fworker.name || jobId === null) return [];
      return [{ firework, launchId: launch.launchId, jobId }];
    }),
  );
}

function jobOf({ history }: LaunchRecord): string | null {
  return history.findLast((entry) => entry.reservationId !== undefined)?.reservationId ?? null;
}
