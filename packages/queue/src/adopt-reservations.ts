import type { FoundFirework } from '@skyrocket/contract/questions';
import type { LaunchRecord } from '@skyrocket/model/records';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { missingMilliseconds } from './chain.ts';
import { reservationTag } from './job-tags.ts';
import type { Qlaunch } from './qlaunch.ts';

/**
 * A reservation without the id of its job is one that a program was making when it was killed, or whose submission was not
 * answered; or somebody is making it at this moment. If its job is in the batch system, its tag tells, and the id is noted.
 *
 * If it is not, no accounting can be asked, since the job has no id: it is given up when the reservation is so old that no
 * submission can still be under way, and the job was missing in two listings that lie a lease apart, and in all between. A batch
 * system that lists nothing by mistake is so taken for an answer only when it goes on for long. Should its job have run after all
 * and be gone, the Firework is not RESERVED any more, and nothing is given back.
 */
export async function adoptReservations(
  qlaunch: Qlaunch,
  now: number = Date.now(),
): Promise<{ adopted: number; cancelled: number }> {
  const { launchpad, queue, launchpadId, log, adapter, missingJobs } = qlaunch;
  if (adapter.system.tags === 'not-listed') return { adopted: 0, cancelled: 0 };
  const open = (await findReserved(qlaunch)).filter(isWithoutJob);
  const missing: LaunchRecord[] = [];
  let adopted = 0;
  const tags = new Map(open.length === 0 ? [] : (await queue.list('all')).map((job) => [job.tag, job.id]));
  for (const launch of open) {
    const jobId = tags.get(reservationTag(launchpadId, launch.launchId));
    if (jobId === undefined) {
      missing.push(launch);
      continue;
    }
    await launchpad.noteReservation({ launchId: launch.launchId, reservationId: jobId });
    log.warn(
      `Job ${jobId} was submitted for Firework ${launch.fwId} by a qlaunch that was ended; now this is noted`,
    );
    adopted++;
  }
  const since = missingJobs.note(
    missing.map((launch) => launch.launchId),
    now,
  );
  const lost = missing.filter(
    (launch) =>
      now - reservedOn(launch) > patienceMilliseconds &&
      now - (since.get(launch.launchId) ?? now) > missingMilliseconds,
  );
  return { adopted, cancelled: await giveUp(qlaunch, lost) };
}

/** Longer than a submission takes, and than clocks of login nodes differ. */
const patienceMilliseconds = 10 * 60_000;

async function giveUp({ launchpad, log, random }: Qlaunch, lost: LaunchRecord[]): Promise<number> {
  if (lost.length === 0) return 0;
  const { cancelled } = await launchpad.cancelReservations({
    key: random(),
    launchIds: lost.map((launch) => launch.launchId),
    reason: 'It was reserved, but no job was submitted for it.',
  });
  if (cancelled.length > 0) log.warn(`${cancelled.length} reservations without a job were given back`);
  return cancelled.length;
}

/** Reserved Launches of this worker. Those of another one may have their jobs in another batch system. */
async function findReserved({ launchpad, fworker }: Qlaunch): Promise<LaunchRecord[]> {
  const { fireworks } = await launchpad.findFireworks({
    filter: new Map([['state', 'RESERVED']]),
    fields: 'launches',
  });
  return fireworks.flatMap(({ launchRecords }: FoundFirework) =>
    launchRecords.filter((launch) => launch.state === 'RESERVED' && launch.fworker.name === fworker.name),
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
