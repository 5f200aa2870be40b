import type { StoredChain } from '@skyrocket/contract/chains';
import type { ProcessIdentity } from '@skyrocket/contract/process-identity';

/**
 * A chain keeps M jobs running and M waiting, without a program on the login node: each job submits its successor when it
 * begins. Here are the states of a chain and its moves, as pure functions; `chain-jobs.ts` asks the batch system and the
 * launchpad. The launchpad keeps a chain as one value that changes only by its last revision, so that of all who act at once
 * one succeeds with each move.
 *
 * ## A slot
 * A chain has M slots. A slot holds at most one running job and at most one pending job, each by its tag:
 *
 *     empty ──plan──▶ pending ──enter──▶ running ──plan──▶ running + pending ──leave──▶ pending ──enter──▶ …
 *
 * - plan: a tag is drawn and written into the slot as pending, *before* the job is submitted. Whoever wrote it submits; the id
 *   is written beside the tag afterwards. So one slot never has two submissions under way.
 * - enter: the job begins. It is let in only if the slot's pending job is itself. It becomes the running one. The batch system
 *   starts it only when the job before has ended (the submission says so), which therefore makes room, whether it left or not.
 * - leave: the job's command has ended. The slot's running place is free.
 * A job that is not in its slot is a stray: it ends at once and does nothing. `qlaunch infinite` cancels strays.
 * A chain is over when all slots are empty.
 *
 * ## What a crash leaves
 * - after plan, before the submission: a pending tag without a job, whose submitter is gone. `qlaunch infinite` forgets it.
 * - after the submission, before its id is written: the tag is found in the batch system, and the id with it; or the job
 *   begins, and brings it.
 * - after enter, before the successor is planned: a running job without a successor. It plans one when it leaves.
 * - the job is killed: it never leaves. Its successor takes its place; without one the slot looks taken until `qlaunch
 *   infinite` finds that the job has ended, and refills it.
 * - the job is started twice (requeued): it is the running one already, and is let in again; its successor is there.
 * - a submission is accepted after it was given up: a stray.
 *
 * ## What is nowhere
 * A job has ended when accounting says so. One of which accounting knows nothing has ended when it is missing in two listings
 * that lie a lease apart (`missingMilliseconds`). That it is not listed, or that nothing answers, proves nothing.
 *
 * ## Failing jobs
 * A job that ends by itself soon after it began, with an error, has failed; and so has one that ended without ever entering.
 * With each failure in a row the next job waits longer; after `failureLimit` of them the chain stops and keeps the reason. One
 * that found nothing to do lets its successor wait too, but has not failed.
 */
export interface Chain {
  /** How many slots it is to have; those beyond them only keep jobs until they have ended. */
  size: number;
  slots: Slot[];
  /** Jobs that failed, one after another, and what was said of the last. */
  failures: number;
  lastFailure: string | null;
  /** Why no job is submitted any more. */
  stopped: string | null;
  /** Whether it goes on when nothing is left that its worker could run. */
  forever: boolean;
}

export interface Slot {
  running: ChainJob | null;
  pending: ChainJob | null;
}

export interface ChainJob {
  tag: string;
  jobId: string | null;
  /** When it came to this place, in milliseconds since 1970. */
  since: number;
  /** Who submits it; of interest as long as it has no id. */
  submitter: Submitter;
  /** When it was first looked for in vain. */
  missingSince: number | null;
}

/** A process, and the job in which it runs; null: none. */
export interface Submitter extends ProcessIdentity {
  jobId: string | null;
}

/** In a row. */
export const failureLimit = 5;

/** A job that ends sooner may not have worked. */
export const quickMilliseconds = 60_000;

/** A job is nowhere when it was missing for so long: more than a submission may take. */
export const missingMilliseconds = 180_000;

export function newChain(slots: number, forever: boolean): Chain {
  return { size: slots, slots: emptySlots(slots), failures: 0, lastFailure: null, stopped: null, forever };
}

const emptySlots = (count: number): Slot[] =>
  Array.from({ length: count }, () => ({ running: null, pending: null }));

export function readChain({ state }: StoredChain): Chain {
  return JSON.parse(state);
}

/** Begins again, with so many slots; what is in them stays. A slot too many is kept until its jobs have ended. */
export function resumed(chain: Chain, slots: number, forever: boolean): Chain {
  const more = emptySlots(Math.max(0, slots - chain.slots.length));
  const kept = chain.slots.filter((slot, index) => index < slots || !isEmpty(slot));
  return { ...newChain(slots, forever), slots: [...kept, ...more] };
}

export const isEmpty = ({ running, pending }: Slot) => running === null && pending === null;

/** Writes the tag of a job that is about to be submitted into a slot; null when there is no place for it. */
export function plan(
  chain: Chain,
  at: { slot: number; tag: string; submitter: Submitter; now: number },
): Chain | null {
  const slot = chain.slots[at.slot];
  if (chain.stopped !== null || at.slot >= chain.size || !slot || slot.pending !== null) return null;
  const { tag, submitter, now } = at;
  const pending = { tag, jobId: null, since: now, submitter, missingSince: null };
  return withSlot(chain, at.slot, { ...slot, pending });
}

/** Writes the id of a job beside its tag. */
export function noteJobId(chain: Chain, tag: string, jobId: string): Chain | null {
  return changeJob(chain, tag, (job) => ({ ...job, jobId, missingSince: null }));
}

/** Whether a job that begins may go on. `before`: the one in whose place it comes, which has not left. */
export type Entry = { chain: Chain; before: ChainJob | null } | 'stray' | 'stopped';

export function enter(chain: Chain, job: { tag: string; jobId: string | null; now: number }): Entry {
  const index = chain.slots.findIndex(
    ({ pending, running }) => pending?.tag === job.tag || running?.tag === job.tag,
  );
  const slot = chain.slots[index];
  if (!slot) return 'stray';
  if (chain.stopped !== null) return 'stopped';
  if (slot.running?.tag === job.tag) return { chain, before: null };
  if (slot.pending === null || index >= chain.size) return 'stray';
  const running = {
    ...slot.pending,
    jobId: job.jobId ?? slot.pending.jobId,
    since: job.now,
    missingSince: null,
  };
  return { chain: withSlot(chain, index, { running, pending: null }), before: slot.running };
}

/** Takes a job out of its slot; null when it is in none. */
export function without(chain: Chain, tag: string): Chain | null {
  return changeJob(chain, tag, () => null);
}

/** One more failure. At the limit the chain stops. */
export function failed(chain: Chain, words: string): Chain {
  const failures = chain.failures + 1;
  const stopped = `${failures} jobs failed one after another, the last one so: ${words}`;
  return {
    ...chain,
    ...{ failures, lastFailure: words },
    stopped: chain.stopped ?? (failures >= failureLimit ? stopped : null),
  };
}

export const succeeded = (chain: Chain): Chain => ({ ...chain, failures: 0 });

/** How long the job after so many failures waits: 10 seconds, 20, 40 … */
export function backOffSeconds(failures: number): number {
  return failures === 0 ? 0 : Math.min(10 * 2 ** (failures - 1), 3600);
}

/** What was found of a job. */
export type Finding = 'there' | 'ended' | 'missing';

/** Marks a job that is missing, or takes it out: if it has ended, or was missing for long. */
export function found(
  chain: Chain,
  tag: string,
  { finding, now }: { finding: Finding; now: number },
): Chain | null {
  return changeJob(chain, tag, (job) => {
    if (finding === 'there') return job.missingSince === null ? job : { ...job, missingSince: null };
    const since = job.missingSince ?? now;
    return finding === 'ended' || now - since > missingMilliseconds ? null : { ...job, missingSince: since };
  });
}

export function jobsOf(chain: Chain): { place: 'running' | 'pending'; job: ChainJob }[] {
  return chain.slots.flatMap(({ running, pending }) => [
    ...(running === null ? [] : [{ place: 'running' as const, job: running }]),
    ...(pending === null ? [] : [{ place: 'pending' as const, job: pending }]),
  ]);
}

function changeJob(chain: Chain, tag: string, change: (job: ChainJob) => ChainJob | null): Chain | null {
  const index = chain.slots.findIndex(({ running, pending }) => running?.tag === tag || pending?.tag === tag);
  const slot = chain.slots[index];
  if (!slot) return null;
  const changed = (job: ChainJob | null) => (job?.tag === tag ? change(job) : job);
  return withSlot(chain, index, { running: changed(slot.running), pending: changed(slot.pending) });
}

function withSlot(chain: Chain, index: number, slot: Slot): Chain {
  return { ...chain, slots: chain.slots.with(index, slot) };
}
