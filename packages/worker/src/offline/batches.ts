import { readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { isSystemError } from '@skyrocket/contract/system-error';
import { pauseFor } from '../outage.ts';
import { writeFirst } from './whole-file.ts';

/**
 * Batches of Launches for jobs that have no launchpad, in a folder that the login node shares with all hosts:
 *
 *     batches/B/launcher_…    the Launches of a batch, each in its directory with FireWorks' files; they never move
 *     offered/B               made with mkdir when all of them are there
 *     taken/B@JOB             what the job that takes the batch renames it to; of all who try, one succeeds
 *     over                    nothing is left to run here, nor will be
 *
 * Only names of empty directories are moved, so that a batch is in one place whoever is killed, and whoever takes a batch that is
 * another one's finds that its Launches are begun: each is started by an exclusive marker of its own (`offline-launchpad.ts`).
 *
 * What a crash leaves, and who goes on (`tending.ts`, on the login node):
 * - while a batch is prepared: Launches that are RESERVED, noted as offline, and not offered. They are offered after a minute.
 * - before one of them is noted: a reservation without a job, which `qlaunch` gives back.
 * - a job takes a batch and is killed, by whatever: what it had begun and not ended is FIZZLED with the reason that the batch
 *   system gives; the batch is offered again for what it had not begun.
 * - a job is killed after its tasks: their results are in their files, or in the journal, and are recovered.
 * - the chain is stopped, and who takes its batches back is killed: a batch that is `withdrawn` is taken back by the next one.
 */

const offered = (folder: string) => join(folder, 'offered');
const taken = (folder: string) => join(folder, 'taken');
const over = (folder: string) => join(folder, 'over');

export const batchesFolder = (folder: string): string => join(folder, 'batches');

/** Stands where the job of a batch would: it is taken back, and no job gets it. */
export const withdrawn = 'withdrawn';

/** A batch, and who took it. */
export interface TakenBatch {
  batch: string;
  jobId: string;
}

/** Offers a batch whose Launches are there. To offer it twice is harmless. */
export function offerBatch(folder: string, batch: string): void {
  makeDirectories(join(offered(folder), batch));
}

export const offeredBatches = (folder: string): string[] => namesIn(offered(folder));

export function takenBatches(folder: string): TakenBatch[] {
  return namesIn(taken(folder)).map((name) => {
    const [batch = '', jobId = ''] = name.split('@');
    return { batch, jobId: decodeURIComponent(jobId) };
  });
}

/** Takes this batch; false when somebody else has. */
export function isTaken(folder: string, { batch, jobId }: TakenBatch): boolean {
  makeDirectories(taken(folder));
  return isMoved(join(offered(folder), batch), pathOf(folder, { batch, jobId }));
}

/** Offers a batch again that was taken. */
export function offerAgain(folder: string, { batch, jobId }: TakenBatch): void {
  isMoved(pathOf(folder, { batch, jobId }), join(offered(folder), batch));
}

/** Forgets a batch whose Launches have all ended or were given back. */
export function forgetTaken(folder: string, which: TakenBatch): void {
  removeIfThere(pathOf(folder, which));
}

export function forgetOffered(folder: string, batch: string): void {
  removeIfThere(join(offered(folder), batch));
}

/** What a job may hope for in this folder. */
export function workIn(folder: string): { ready: boolean; later: boolean } {
  return {
    ready: offeredBatches(folder).length > 0,
    later: !namesIn(folder).includes('over'),
  };
}

/** Notes for jobs whether anything may still come. */
export function noteWhetherOver(folder: string, isOver: boolean): void {
  if (isOver) writeFirst(over(folder), '');
  else rmSync(over(folder), { force: true });
}

/** So long a job waits for a batch before it ends, so that its place in the queue is another one's. */
const waitMilliseconds = 60_000;
const betweenMilliseconds = 500;

/** The directory of a batch that is this job's from now on, the one that was offered first; null when none came in a minute. */
export async function takeBatch(folder: string, jobId: string, stop: AbortSignal): Promise<string | null> {
  const deadline = Date.now() + waitMilliseconds;
  for (;;) {
    for (const batch of offeredBatches(folder))
      if (isTaken(folder, { batch, jobId })) return join(batchesFolder(folder), batch);
    if (stop.aborted || !workIn(folder).later || Date.now() > deadline) return null;
    await pauseFor(betweenMilliseconds, stop);
  }
}

const pathOf = (folder: string, { batch, jobId }: TakenBatch) =>
  join(taken(folder), `${batch}@${encodeURIComponent(jobId)}`);

/** Sorted: names of batches begin with their time. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return false;
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
