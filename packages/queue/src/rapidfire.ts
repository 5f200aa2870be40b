import { setTimeout as pause } from 'node:timers/promises';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import type { ListedJob } from './batch-system.ts';
import type { Block } from './block-directory.ts';
import { plainPrefix } from './job-tags.ts';
import { type Qlaunch, submitPlain, submitReserved } from './qlaunch.ts';
import { tendJobs } from './tend-jobs.ts';

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
    await tendJobs(qlaunch);
    for (;;) {
      const count = isOver() ? 0 : await submitBatch(qlaunch, options, { block: run.block, submitted });
      if (count === 0) break;
      submitted += count;
    }
    if (isOver() || submitted === options.nlaunches) return submitted;
    if (options.nlaunches === 'drain' && !(await isWorkWithoutJob(qlaunch, options))) return submitted;
    qlaunch.log.info(`Sleeping for ${options.sleepSeconds} secs`);
    // A stop ends the pause early.
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
  return reserveSome(qlaunch, directory, count);
}

/** Batch systems take some submissions at once faster than one after another. */
const submissionsAtOnce = 4;

/** Reserves and submits until so many are submitted, or nothing more is READY. After an error nothing more is begun. */
async function reserveSome(qlaunch: Qlaunch, directory: string, count: number): Promise<number> {
  let begun = 0;
  let submitted = 0;
  const submitOn = async () => {
    while (begun < count) {
      begun++;
      const job = await submitReserved(qlaunch, { parent: directory }, null).catch((error: unknown) => {
        begun = count;
        throw error;
      });
      if (job === null) begun = count;
      else submitted++;
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: submissionsAtOnce }, submitOn));
  const failure = lanes.find((lane) => lane.status === 'rejected');
  if (failure) throw failure.reason;
  return submitted;
}

/** How many more jobs there is work and room for. */
async function jobsWanted(qlaunch: Qlaunch, options: RapidfireOptions): Promise<number> {
  const { mode, maxQueued } = options;
  const isListed = maxQueued !== null || mode === 'plain';
  const jobs = isListed ? await listPatiently(qlaunch, options) : [];
  const queued = jobs.filter((job) => job.state !== 'ended');
  const room = maxQueued === null ? Number.POSITIVE_INFINITY : maxQueued - queued.length;
  if (mode === 'fill' || room <= 0) return room;
  const coming = mode === 'plain' ? await comingJobs(qlaunch, queued) : 0;
  return Math.min(room, (await countReady(qlaunch)) - coming);
}

/**
 * Jobs of plain mode that hold no Firework yet: those that wait, and those that have begun and claim one in a moment, or have
 * just ended theirs. What is held is counted after the jobs and before what is READY: a claim meanwhile is then counted in none
 * of them, so that rather too few jobs are submitted than too many.
 */
async function comingJobs(qlaunch: Qlaunch, queued: ListedJob[]): Promise<number> {
  const jobs = queued.filter((job) => isPlain(qlaunch, job)).length;
  return jobs === 0 ? 0 : Math.max(0, jobs - (await countHeld(qlaunch)));
}

function isPlain({ launchpadId, fworker, adapter }: Qlaunch, { tag }: ListedJob): boolean {
  const isOurs = tag?.startsWith(plainPrefix(launchpadId, fworker)) === true;
  return isOurs || adapter.system.tags === 'not-listed';
}

async function countHeld({ launchpad, fworker }: Qlaunch): Promise<number> {
  const state = new Map([['$in', ['RESERVED', 'RUNNING']]]);
  const filter: UserMap = new Map([['state', state]]);
  const launchFilter: UserMap = new Map<string, UserValue>([
    ['state', state],
    ['fworker.name', fworker.name],
  ]);
  return (await launchpad.findFireworks({ filter, launchFilter, fields: 'count' })).count;
}

async function countReady({ launchpad, fworker }: Qlaunch): Promise<number> {
  const filter: UserMap = new Map([...workerFilter(fworker), ['state', 'READY']]);
  return (await launchpad.findFireworks({ filter, fields: 'count' })).count;
}

/** Whether there is, or will be, work for which no job waits. One that has begun may be about to end, and do nothing more. */
async function isWorkWithoutJob(qlaunch: Qlaunch, options: RapidfireOptions): Promise<boolean> {
  const { ready, later } = await qlaunch.launchpad.workFor({ fworker: qlaunch.fworker });
  if (later || !ready || options.mode !== 'plain') return later || (ready && options.mode === 'reserve');
  const waiting = (await listPatiently(qlaunch, options)).filter(
    (job) => job.state === 'pending' && isPlain(qlaunch, job),
  );
  return (await countReady(qlaunch)) > waiting.length;
}

/** A batch system that does not answer is asked again, after ever longer waits. */
async function listPatiently(
  { queue, log }: Qlaunch,
  { listAttempts }: RapidfireOptions,
): Promise<ListedJob[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await queue.list('configured');
    } catch (error) {
      if (!isSkyrocketError(error) || error.code !== 'QUEUE_FAILED' || attempt >= listAttempts) throw error;
      const seconds = Math.min(2 ** attempt, longestWaitSeconds);
      log.warn(`${error.message}; asking again in ${seconds} secs`);
      await pause(seconds * 1000);
    }
  }
}

const longestWaitSeconds = 300;
