import { setTimeout as pause } from 'node:timers/promises';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { UserMap } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { adoptReservations } from './adopt-reservations.ts';
import type { ListedJob } from './batch-system.ts';
import type { Block } from './block-directory.ts';
import { plainPrefix } from './job-tags.ts';
import { type Qlaunch, submitPlain, submitReserved } from './qlaunch.ts';

/** The options of `qlaunch rapidfire`. */
export interface RapidfireOptions {
  /** `fill`: jobs are submitted although nothing is READY. */
  mode: 'plain' | 'reserve' | 'fill';
  /** Jobs of this user that are in the queue at once, at most; null: any number. */
  maxQueued: number | null;
  /** Jobs to submit; `drain`: until all work has its job, now and when something that runs has ended. */
  nlaunches: number | 'drain' | 'infinite';
  timeoutSeconds: number | null;
  /** Between rounds. */
  sleepSeconds: number;
  /** Between two submissions. */
  pauseSeconds: number;
  /** How often the batch system is asked for its jobs before that is an error. */
  listAttempts: number;
}

/** A batch system that is asked to take more at once might refuse it. */
const largestBatch = 200;

/** Submits jobs in rounds. Resolves to how many were submitted. @throws SkyrocketError QUEUE_FAILED, STORE_* */
export async function rapidfire(
  qlaunch: Qlaunch,
  options: RapidfireOptions,
  run: { block: Block; stop: AbortSignal },
): Promise<number> {
  const deadline = options.timeoutSeconds === null ? null : Date.now() + options.timeoutSeconds * 1000;
  const isOver = () => run.stop.aborted || (deadline !== null && Date.now() >= deadline);
  let submitted = 0;
  for (;;) {
    await adoptReservations(qlaunch);
    for (;;) {
      const count = isOver() ? 0 : await submitBatch(qlaunch, options, { block: run.block, submitted });
      if (count === 0) break;
      submitted += count;
    }
    if (isOver() || submitted === options.nlaunches) return submitted;
    if (options.nlaunches === 'drain' && !(await isWorkWithoutJob(qlaunch, options))) return submitted;
    qlaunch.log.info(`Sleeping for ${options.sleepSeconds} secs`);
    await pause(options.sleepSeconds * 1000, undefined, { signal: run.stop }).catch(() => {});
  }
}

/** Submits what there is room and work for, up to a full block. Resolves to the number of jobs; 0: there is nothing to do. */
async function submitBatch(
  qlaunch: Qlaunch,
  options: RapidfireOptions,
  { block, submitted }: { block: Block; submitted: number },
): Promise<number> {
  const wanted = Math.min(await jobsWanted(qlaunch, options), leftOf(options, submitted));
  if (wanted <= 0) return 0;
  const { directory, room } = block.next();
  const count = Math.min(wanted, room, largestBatch);
  if (options.pauseSeconds > 0) {
    const jobs = await submitSome(qlaunch, options, { directory, count: 1 });
    await pause(options.pauseSeconds * 1000);
    return jobs;
  }
  return submitSome(qlaunch, options, { directory, count });
}

function leftOf({ nlaunches }: RapidfireOptions, submitted: number): number {
  return typeof nlaunches === 'number' ? nlaunches - submitted : Number.POSITIVE_INFINITY;
}

async function submitSome(
  qlaunch: Qlaunch,
  { mode }: RapidfireOptions,
  { directory, count }: { directory: string; count: number },
): Promise<number> {
  if (mode !== 'reserve') {
    await submitPlain(qlaunch, { parent: directory }, count);
    return count;
  }
  for (let done = 0; done < count; done++) {
    if ((await submitReserved(qlaunch, { parent: directory }, null)) === null) return done;
  }
  return count;
}

/** How many more jobs there is work and room for. */
async function jobsWanted(qlaunch: Qlaunch, options: RapidfireOptions): Promise<number> {
  const { mode, maxQueued } = options;
  const isListed = maxQueued !== null || mode === 'plain';
  const jobs = isListed ? await listPatiently(qlaunch, options) : [];
  const queued = jobs.filter((job) => job.state !== 'ended');
  const room = maxQueued === null ? Number.POSITIVE_INFINITY : maxQueued - queued.length;
  if (mode === 'fill' || room <= 0) return room;
  const ready = await countReady(qlaunch);
  return Math.min(room, mode === 'plain' ? ready - comingJobs(qlaunch, queued) : ready);
}

/** Jobs of plain mode that have not begun, and so have not claimed anything yet. */
function comingJobs({ launchpadId, fworker, adapter }: Qlaunch, queued: ListedJob[]): number {
  const prefix = plainPrefix(launchpadId, fworker);
  const isOurs = (job: ListedJob) =>
    adapter.system.tags === 'not-listed' || job.tag?.startsWith(prefix) === true;
  return queued.filter((job) => job.state === 'pending' && isOurs(job)).length;
}

async function countReady({ launchpad, fworker }: Qlaunch): Promise<number> {
  const filter: UserMap = new Map([...workerFilter(fworker), ['state', 'READY']]);
  return (await launchpad.findFireworks({ filter, fields: 'count' })).count;
}

/** Whether there is, or will be, work that no job was submitted for. */
async function isWorkWithoutJob(qlaunch: Qlaunch, options: RapidfireOptions): Promise<boolean> {
  const { ready, later } = await qlaunch.launchpad.workFor({ fworker: qlaunch.fworker });
  if (later || options.mode === 'fill') return later;
  return ready && (await jobsWanted(qlaunch, { ...options, maxQueued: null })) > 0;
}

/** A batch system that does not answer is asked again, after ever longer waits. */
async function listPatiently(
  { queue, log }: Qlaunch,
  { listAttempts }: RapidfireOptions,
): Promise<ListedJob[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await queue.list();
    } catch (error) {
      if (!isSkyrocketError(error) || error.code !== 'QUEUE_FAILED' || attempt >= listAttempts) throw error;
      const seconds = Math.min(2 ** attempt, longestWaitSeconds);
      log.warn(`${error.message}; asking again in ${seconds} secs`);
      await pause(seconds * 1000);
    }
  }
}

const longestWaitSeconds = 300;
