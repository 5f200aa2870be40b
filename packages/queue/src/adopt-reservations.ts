import type { FoundFirework } from '@skyrocket/contract/launchpad';
import type { LaunchRecord } from '@skyrocket/model/records';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { reservationTag } from './job-tags.ts';
import type { Qlaunch } from './qlaunch.ts';

/**
 * A reservation without the id of its job is one that a program was making when it was killed, or whose submission was not
 * answered; or somebody is making it at this moment. If its job is in the batch system, its tag tells, and the id is noted.
 * If it is not, after so long that no submission can still be under way, there is none: the reservation is given back. Should
 * its job have run after all and be gone, the Firework is not RESERVED any more, and nothing is given back.
 */
export async function adoptReservations(
  qlaunch: Qlaunch,
  now: number = Date.now(),
): Promise<{ adopted: number; cancelled: number }> {
  const { launchpad, queue, launchpadId, log, adapter } = qlaunch;
  const open = (await findReserved(qlaunch)).filter(isWithoutJob);
  if (open.length === 0 || adapter.system.tags === 'not-listed') return { adopted: 0, cancelled: 0 };
  const tags = new Map((await queue.list('all')).map((job) => [job.tag, job.id]));
  const lost: LaunchRecord[] = [];
  let adopted = 0;
  for (const launch of open) {
    const jobId = tags.get(reservationTag(launchpadId, launch.launchId));
    if (jobId !== undefined) {
      await launchpad.noteReservation({ launchId: launch.launchId, reservationId: jobId });
      log.warn(
        `Job ${jobId} was submitted for Firework ${launch.fwId} by a qlaunch that was ended; now this is noted`,
      );
      adopted++;
    } else if (now - reservedOn(launch) > patienceMilliseconds) lost.push(launch);
  }
  if (lost.length === 0) return { adopted, cancelled: 0 };
  const { cancelled } = await launchpad.cancelReservations({
    key: qlaunch.random(),
    launchIds: lost.map((launch) => launch.launchId),
    reason: 'It was reserved, but no job was submitted for it.',
  });
  if (cancelled.length > 0) log.warn(`${cancelled.length} reservations without a job were given back`);
  return { adopted, cancelled: cancelled.length };
}

/** Longer than a submission takes, and than clocks of login nodes differ. */
const patienceMilliseconds = 10 * 60_000;

/** Reserved Launches of Fireworks that are RESERVED. */
async function findReserved({ launchpad }: Qlaunch): Promise<LaunchRecord[]> {
  const { fireworks } = await launchpad.findFireworks({
    filter: new Map([['state', 'RESERVED']]),
    fields: 'launches',
  });
  return fireworks.flatMap(({ launchRecords }: FoundFirework) =>
    launchRecords.filter((launch) => launch.state === 'RESERVED'),
  );
}

/** What a worker claims has no directory before it starts. */
function isWithoutJob({ launchDir, history }: LaunchRecord): boolean {
  return launchDir !== '' && history.every((entry) => entry.reservationId === undefined);
}

function reservedOn({ history }: LaunchRecord): number {
  const entry = history.find(({ state }) => state === 'RESERVED');
  return entry ? epochMilliseconds(entry.createdOn) : 0;
}
