import { setTimeout as pause } from 'node:timers/promises';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { JobEnd } from './batch-system.ts';
import {
  type Chain,
  type ChainJob,
  type Entry,
  enter,
  failed,
  isEmpty,
  jobsOf,
  quickMilliseconds,
  type Slot,
  succeeded,
  without,
} from './chain.ts';
import { changeChain } from './chain-store.ts';
import { type ChainRun, type Filling, fillSlots, type KeptChain } from './chain-submission.ts';

/** What a job of a chain does before and after its command: see the essay in `chain.ts`. */

export interface ChainJobIdentity {
  tag: string;
  /** As the batch system says in the job's environment; null when it does not. */
  jobId: string | null;
}

/**
 * A job begins. `go`: it has a place in its chain, and its successor is submitted. Otherwise it is to end at once.
 * @throws SkyrocketError STORE_* when the launchpad does not answer for some minutes
 */
export async function enterChain(run: ChainRun, job: ChainJobIdentity): Promise<'go' | 'end'> {
  const { log, adapter } = run.qlaunch;
  const entry = await patiently(() => tryToEnter(run, job));
  if (typeof entry === 'string') {
    if (entry === 'stopped')
      await changeChain(run.shelf, run.name, (chain) => chain && without(chain, job.tag));
    log.warn(
      `chain ${run.name}: this job is ${entry === 'stray' ? 'none of its jobs' : 'too late, the chain has stopped'}`,
    );
    return 'end';
  }
  if (entry.before !== null) await judge(run, entry.before);
  const { ready, later } = await patiently(run.workFor);
  if (!ready && !later && !entry.chain.forever) {
    log.info(`chain ${run.name}: nothing is left to run`);
    await changeChain(run.shelf, run.name, (chain) => chain && without(chain, job.tag));
    return 'end';
  }
  const isOwn = (slot: Slot) => slot.running?.tag === job.tag;
  if (adapter.system.conditions === 'taken') await tryToFill(run, { wants: isOwn });
  if (ready) await tryToFill(run, { wants: isEmpty });
  return 'go';
}

/** A job does its work also when it gets no successor: that is tried again when it leaves, or by `qlaunch infinite`. */
async function tryToFill(run: ChainRun, filling: Filling): Promise<void> {
  try {
    await fillSlots(run, filling);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    run.qlaunch.log.warn(`chain ${run.name}: ${error.message}`);
  }
}

async function tryToEnter({ shelf, name }: ChainRun, job: ChainJobIdentity): Promise<Entry> {
  let entry: Entry = 'stray';
  await changeChain(shelf, name, (chain) => {
    entry = chain === null ? 'stray' : enter(chain, { ...job, now: Date.now() });
    return typeof entry === 'string' ? null : entry.chain;
  });
  return entry;
}

/** The job before was killed, since it did not leave. If that was soon after its begin, and not by a user, it has failed. */
async function judge({ qlaunch, shelf, name }: ChainRun, before: ChainJob): Promise<void> {
  const end = before.jobId === null ? 'unknown' : await qlaunch.queue.howEnded(before.jobId);
  const isQuick = Date.now() - before.since < quickMilliseconds;
  if (!isQuick || !isFailure(end)) return;
  const words = typeof end === 'string' ? 'it ended without a word' : end.words;
  await changeChain(shelf, name, (chain) => chain && failed(chain, `job ${before.jobId}: ${words}`));
}

export function isFailure(end: JobEnd | 'open' | 'unknown'): boolean {
  if (end === 'open') return false;
  return end === 'unknown' || !['COMPLETED', 'CANCELLED', 'PREEMPTED', 'TIMEOUT'].includes(end.cause);
}

/** How the command of a job ended. */
export interface CommandOutcome {
  /** Null when a signal ended it, or this job was told to end. */
  exitCode: number | null;
  milliseconds: number;
  /** `none`: nothing was there that it could have run; `unknown`: the command does not tell. */
  work: 'some' | 'none' | 'unknown';
}

/** A job that found nothing to do, while others run, lets its successor wait for so long. */
const idleSeconds = 60;

/** A job ends. Its successor is there already, or is submitted now, and waits where that is better. */
export async function leaveChain(
  run: ChainRun,
  job: ChainJobIdentity,
  outcome: CommandOutcome,
): Promise<void> {
  const { log } = run.qlaunch;
  const isQuick = outcome.milliseconds < quickMilliseconds;
  const hasFailed = isQuick && outcome.exitCode !== null && outcome.exitCode !== 0;
  let successor: ChainJob | null = null;
  const chain = await patiently(() =>
    changeChain(run.shelf, run.name, (now) => {
      successor = now?.slots.find((slot) => slot.running?.tag === job.tag)?.pending ?? null;
      const left = now && without(now, job.tag);
      if (left === null) return null;
      if (hasFailed)
        return failed(left, `exit code ${outcome.exitCode} of ${run.qlaunch.adapter.rocketLaunch}`);
      return outcome.exitCode === 0 ? succeeded(left) : left;
    }),
  );
  if (chain === null) return;
  if (chain.stopped !== null) {
    log.error(`chain ${run.name} has stopped: ${chain.stopped}`);
    return cancelPending(run, chain);
  }
  const { ready, later } = await patiently(run.workFor);
  const isIdle = outcome.work === 'none' || (outcome.work === 'unknown' && isQuick && !ready);
  if (successor !== null && (hasFailed || isIdle)) await withdraw(run, successor);
  if (!ready && !later && !chain.forever) return;
  await fillSlots(run, { wants: isEmpty, ...(isIdle && { seconds: idleSeconds }) });
}

/** Takes a pending job out of its slot and out of the queue. If it has begun meanwhile, it is a stray. */
export async function withdraw({ qlaunch, shelf, name }: ChainRun, job: ChainJob): Promise<void> {
  const out = await changeChain(shelf, name, (chain) => {
    const waits = chain?.slots.some((slot) => slot.pending?.tag === job.tag);
    return chain && waits ? without(chain, job.tag) : null;
  });
  if (out !== null) await tryToCancel({ qlaunch, name }, [job]);
}

/** All that is pending in a chain that has stopped. */
export async function cancelPending(run: KeptChain, chain: Chain): Promise<void> {
  const pending = jobsOf(chain).flatMap(({ place, job }) => (place === 'pending' ? [job] : []));
  await changeChain(run.shelf, run.name, (now) =>
    pending.reduce<Chain | null>((left, job) => (left && without(left, job.tag)) ?? left, now),
  );
  await tryToCancel(run, pending);
}

/** What cannot be cancelled ends by itself when it begins: it has no place. */
async function tryToCancel(
  { qlaunch, name }: Pick<KeptChain, 'qlaunch' | 'name'>,
  jobs: ChainJob[],
): Promise<void> {
  const tags = new Set(jobs.map((job) => job.tag));
  try {
    const listed = (await qlaunch.queue.list('all')).filter((job) => job.tag !== null && tags.has(job.tag));
    const known = jobs.flatMap((job) => job.jobId ?? []);
    const ids = new Set([...known, ...listed.filter((job) => job.state !== 'ended').map((job) => job.id)]);
    await qlaunch.queue.cancel([...ids]);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    qlaunch.log.warn(`chain ${name}: ${error.message}`);
  }
}

/** So long a job waits for a launchpad that does not answer, or a disk that is full, before it gives its place in the queue up. */
const outageMilliseconds = 300_000;
const betweenMilliseconds = 5_000;

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + outageMilliseconds;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isOutage = isSkyrocketError(error) && ['STORE_UNAVAILABLE', 'STORE_FULL'].includes(error.code);
      if (!isOutage || Date.now() > deadline) throw error;
      await pause(betweenMilliseconds);
    }
  }
}
