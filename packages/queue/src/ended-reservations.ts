import type { FoundFirework } from '@skyrocket/contract/questions';
import type { LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { JobEnd } from './batch-system.ts';
import { endsOfJobs } from './ended-jobs.ts';
import type { LostPolicy } from './explain-lost.ts';
import type { Qlaunch } from './qlaunch.ts';

/**
 * A reservation whose job has ended without starting its Firework (cancelled while it waited, or its node failed at once) stands for
 * nothing any more. It is given back where policy reruns what ends so; else it stays, and a person is told how to take it back:
 * what was cancelled on purpose must not come again by itself. Whether a job without a launchpad has begun its Firework only files
 * tell, which `lpad recover_offline` reads.
 */
export async function settleEndedReservations(qlaunch: Qlaunch): Promise<{ cancelled: LaunchId[] }> {
  const { launchpad, queue, log, policy, random } = qlaunch;
  const reserved = await reservationsWithJob(qlaunch);
  const ends = await endsOfJobs(
    queue,
    reserved.map(({ jobId }) => jobId),
  );
  const cancelled: LaunchId[] = [];
  for (const { firework, launchId, jobId } of reserved) {
    const end = ends.get(jobId);
    if (!end) continue;
    const again = isGivenBack(firework, end, policy);
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

/** Whether policy gives a reservation back whose job ended so before it began. */
export const isGivenBack = (
  { archivedLaunches }: Pick<FoundFirework, 'archivedLaunches'>,
  { cause }: JobEnd,
  { rerun, atMost }: LostPolicy,
): boolean => rerun.includes(cause) && archivedLaunches.length < atMost;

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
  const reserved = fireworks.flatMap((firework) =>
    firework.launchRecords.flatMap((launch): Reserved[] => {
      const jobId = jobOf(launch);
      if (launch.state !== 'RESERVED' || launch.fworker.name !== fworker.name || jobId === null) return [];
      return [{ firework, launchId: launch.launchId, jobId }];
    }),
  );
  if (reserved.length === 0) return [];
  const offline = new Set((await launchpad.findOffline()).runs.map((run) => run.launchId));
  return reserved.filter(({ launchId }) => !offline.has(launchId));
}

/** The id of the job that a Launch was reserved for. */
export function jobOf({ history }: LaunchRecord): string | null {
  return history.findLast((entry) => entry.reservationId !== undefined)?.reservationId ?? null;
}
