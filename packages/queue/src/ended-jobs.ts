import type { LostJob } from '@skyrocket/model/decisions/lost-action';
import type { BatchSystem, JobEnd } from './batch-system.ts';
import type { Queue } from './queue.ts';

/**
 * How jobs ended; those that have not, and those of which nothing is known, are left out. A job counts as ended only when the batch
 * system says how it ended; that it is not listed is only why it is asked. @throws SkyrocketError QUEUE_FAILED
 */
export async function endsOfJobs(
  queue: Pick<Queue, 'list' | 'howEnded'>,
  jobIds: readonly string[],
): Promise<Map<string, JobEnd>> {
  const ends = new Map<string, JobEnd>();
  if (jobIds.length === 0) return ends;
  const listed = await queue.list('all');
  const open = new Set(listed.filter(({ state }) => state !== 'ended').map(({ id }) => id));
  for (const jobId of new Set(jobIds)) {
    const end = open.has(jobId) ? 'open' : await queue.howEnded(jobId);
    if (typeof end !== 'string') ends.set(jobId, end);
  }
  return ends;
}

/** A job that has ended, as those remember it who were lost with it; `job`: null where workers do not know the batch system. */
export async function endedJob(
  { queue, system }: { queue: Pick<Queue, 'restartsOf'>; system: Pick<BatchSystem, 'jobSystem'> },
  jobId: string,
  { words }: JobEnd,
): Promise<{ jobId: string; job: LostJob | null; words: string }> {
  if (system.jobSystem === null) return { jobId, job: null, words };
  const restarts = (await queue.restartsOf(jobId)) ?? 0;
  return { jobId, job: { system: system.jobSystem, id: jobId, restarts }, words };
}
