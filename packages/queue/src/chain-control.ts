import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { processStanding } from '@skyrocket/contract/process-identity';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { ListedJob } from './batch-system.ts';
import {
  type Chain,
  type ChainJob,
  type Finding,
  failed,
  found,
  jobsOf,
  newChain,
  noteJobId,
  resumed,
  type Submitter,
} from './chain.ts';
import { cancelPending, isFailure, withdraw } from './chain-job.ts';
import { offlineChain, shelfOf } from './chain-places.ts';
import { changeChain, loadChain } from './chain-store.ts';
import { type ChainRun, fillSlots, type KeptChain } from './chain-submission.ts';
import type { Qlaunch } from './qlaunch.ts';
import type { Queue } from './queue.ts';

/**
 * Begins a chain, or looks after one that is there: its slots are compared with the batch system, and those without jobs are
 * filled. Safe to run at any time, and several times at once. Resolves to the number of jobs that were submitted.
 * @throws SkyrocketError QUEUE_FAILED when the batch system cannot be asked, or refuses the first job; STORE_*
 */
export async function keepChain(run: ChainRun, slots: number, forever: boolean): Promise<number> {
  const { log, adapter } = run.qlaunch;
  const { ready, later } = await run.workFor();
  if (!ready && !later && !forever) {
    log.info(`chain ${run.name}: nothing is left to run, so that no job was submitted`);
    return 0;
  }
  await beginChain(run, slots, forever);
  await reconcile(run);
  const isTaken = adapter.system.conditions === 'taken';
  const outcomes = await fillSlots(run, { wants: (slot) => isTaken || slot.running === null });
  const submitted = outcomes.filter(({ outcome }) => outcome === 'submitted').length;
  const last = outcomes.at(-1);
  if (submitted > 0 || !last || last.outcome === 'submitted') return submitted;
  throw new SkyrocketError('QUEUE_FAILED', `${adapter.system.name} did not take the job: ${last.words}`);
}

/** Makes a chain of so many slots, or lets one that is there go on with so many. To do it twice is harmless. */
export async function beginChain(
  { shelf, name }: Pick<ChainRun, 'shelf' | 'name'>,
  slots: number,
  forever: boolean,
): Promise<void> {
  await changeChain(shelf, name, (chain) =>
    chain === null ? newChain(slots, forever) : resumed(chain, slots, forever),
  );
}

/** Finds out which jobs of a chain are there, and takes the others out of their slots; cancels strays. */
async function reconcile(run: ChainRun): Promise<void> {
  const { qlaunch, shelf, name, prefix } = run;
  const { queue, log } = qlaunch;
  const listed = (await queue.list('all')).filter((job) => job.tag?.startsWith(prefix) === true);
  // Read after the listing: a tag is in the chain before its job is in the queue, so that others are strays.
  const chain = await loadChain(shelf, name);
  if (chain === null) return;
  const jobs = jobsOf(chain);
  for (const { place, job } of jobs) await look(run, { place, job, listed });
  // The chain has become smaller: what waits for a slot too many gives way, what runs in one goes on to its end.
  for (const { pending } of chain.slots.slice(chain.size)) if (pending) await withdraw(run, pending);
  const own = new Set(jobs.map(({ job }) => job.tag));
  // One that runs ends by itself, and may just have left.
  const strays = listed.filter((job) => job.state === 'pending' && job.tag !== null && !own.has(job.tag));
  if (strays.length === 0) return;
  log.warn(`chain ${name}: ${strays.map((job) => job.id).join(', ')} have no place in it and are cancelled`);
  await queue.cancel(strays.map((job) => job.id));
}

interface Place {
  place: 'running' | 'pending';
  job: ChainJob;
  listed: ListedJob[];
}

async function look({ qlaunch, shelf, name }: ChainRun, { place, job, listed }: Place): Promise<void> {
  const { queue } = qlaunch;
  const seen = listed.find(({ tag }) => tag === job.tag);
  const jobId = seen?.id ?? job.jobId;
  const isOpen = seen !== undefined && seen.state !== 'ended';
  const end = jobId === null || isOpen ? null : await queue.howEnded(jobId);
  const isLost = jobId === null && (await isGone(queue, job.submitter));
  const finding = isOpen || end === 'open' ? 'there' : isLost ? 'ended' : findingOf(seen, end);
  await changeChain(shelf, name, (chain) => {
    if (chain === null) return null;
    const noted = jobId === null ? chain : (noteJobId(chain, job.tag, jobId) ?? chain);
    const kept = finding === 'there' ? noted : chain;
    const changed = found(kept, job.tag, { finding, now: Date.now() });
    if (changed === null) return null;
    // One that ended where it waited never entered: its script did not come so far.
    const hasFailed = finding === 'ended' && place === 'pending' && end !== null && isFailure(end);
    return hasFailed
      ? failed(changed, `job ${jobId}: ${typeof end === 'string' ? 'ended' : end.words}`)
      : changed;
  });
}

/** Whether the one who was to submit a job does nothing more. */
async function isGone(queue: Queue, { jobId, ...process }: Submitter): Promise<boolean> {
  if (processStanding(process) === 'gone') return true;
  return jobId !== null && typeof (await queue.howEnded(jobId)) === 'object';
}

function findingOf(seen: ListedJob | undefined, end: object | 'open' | 'unknown' | null): Finding {
  return seen?.state === 'ended' || (typeof end === 'object' && end !== null) ? 'ended' : 'missing';
}

/** Lets no further job begin, and cancels those that wait. What runs goes on to its end. @throws SkyrocketError NOT_FOUND */
export async function stopChain(
  { launchpad, log, queue }: Pick<Qlaunch, 'launchpad' | 'log' | 'queue'>,
  name: string,
  reason: string,
): Promise<void> {
  const { chains } = await launchpad.findChains();
  const stored = chains.find((chain) => chain.name === name);
  if (!stored) throw new SkyrocketError('NOT_FOUND', `there is no chain ${name}; qlaunch chains lists them`);
  const kept: KeptChain = { qlaunch: { log, queue }, name, shelf: shelfOf(launchpad, stored) };
  const chain = await changeChain(kept.shelf, name, (now) => now && { ...now, stopped: reason });
  if (chain !== null) await cancelPending(kept, chain);
}

export interface ListedChain {
  name: string;
  /** Null: it was named, and not begun. */
  chain: Chain | null;
  /** Where one is whose jobs run without the launchpad; else null. */
  folder: string | null;
}

/** All chains, by name. */
export async function listChains(launchpad: LaunchPad): Promise<ListedChain[]> {
  const { chains } = await launchpad.findChains();
  return Promise.all(
    chains.map(async (stored) => ({
      name: stored.name,
      chain: await loadChain(shelfOf(launchpad, stored), stored.name),
      folder: offlineChain(stored)?.folder ?? null,
    })),
  );
}
