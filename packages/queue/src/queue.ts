import { renameSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { Command, JobEnd, ListedJob, Submission } from './batch-system.ts';
import type { QueueAdapter } from './queue-adapter.ts';
import { type CommandEnd, type CommandPlace, runCommand, wordsOf } from './run-command.ts';

/** The batch system as its commands show it. What it does not tell, or not now, is never taken for an answer. */
export interface Queue {
  /** Writes the script into its directory and submits it from there. */
  submit(job: Submission & { directory: string }): Promise<Submitted>;
  /**
   * Jobs of this user that are known; those that ended may be among them. `configured`: those in the queue of the adapter,
   * where one is named, as FireWorks counts them. @throws SkyrocketError QUEUE_FAILED
   */
  list(queues: 'all' | 'configured'): Promise<ListedJob[]>;
  /** @throws SkyrocketError QUEUE_FAILED */
  cancel(jobIds: string[]): Promise<void>;
  /** Why a job ended; `unknown` also when the batch system cannot be asked. */
  howEnded(jobId: string): Promise<JobEnd | 'open' | 'unknown'>;
  /** How often the batch system began a job anew, after it was requeued; null when it does not tell. */
  restartsOf(jobId: string): Promise<number | null>;
}

/**
 * `refused`: there is no job. `unknown`: there may be one, now or soon, which has this tag: it is looked for later, and not
 * submitted again before.
 */
export type Submitted =
  | { outcome: 'submitted'; jobId: string }
  | { outcome: 'refused' | 'unknown'; words: string };

/** A batch system that is busy accepts a job long after others would have given up. */
const submitSeconds = 60;

export function openQueue(adapter: QueueAdapter, place: CommandPlace): Queue {
  const { system, timeoutSeconds, commands } = adapter;
  const ask = (command: Command, seconds = timeoutSeconds, directory = place.directory) =>
    runCommand(command, { ...place, directory, seconds });
  const list: Queue['list'] = async (queues) => {
    const queue = queues === 'all' ? null : (adapter.values.get('queue') ?? null);
    const whose = { user: userInfo().username, queue };
    const ended = await ask(replaced(system.list(whose), commands.status));
    return readAnswer(adapter, ended, system.readList);
  };
  return {
    list,
    async submit({ directory: from, ...job }) {
      writeWhole(join(from, job.file), job.text);
      const ended = await ask(replaced(system.submit(job), commands.submit), submitSeconds, from);
      const jobId = ended.exitCode === 0 ? system.readJobId(ended.output) : null;
      if (jobId !== null) return { outcome: 'submitted', jobId };
      return lookFor(job.tag, { words: wordsOf(ended), ended, list });
    },
    async cancel(jobIds) {
      if (jobIds.length === 0) return;
      const ended = await ask(system.cancel(jobIds), submitSeconds);
      if (ended.exitCode !== 0) throw failed(adapter, `cancel ${jobIds.join(' ')}`, wordsOf(ended));
    },
    async howEnded(jobId) {
      for (const inquiry of system.inquiries) {
        // A way of asking that does not work here is no answer; the next one may be.
        const end = await ask(inquiry.ask(jobId)).catch(() => null);
        const answer = end?.exitCode === 0 ? inquiry.read(end.output) : 'unknown';
        if (answer !== 'unknown') return answer;
      }
      return 'unknown';
    },
    async restartsOf(jobId) {
      if (system.restarts === null) return null;
      const end = await ask(system.restarts.ask(jobId)).catch(() => null);
      return end?.exitCode === 0 ? system.restarts.read(end.output) : null;
    },
  };
}

/** A submission that failed may have been accepted all the same: then its tag is found. */
async function lookFor(
  tag: string,
  { words, ended, list }: { words: string; ended: CommandEnd; list: Queue['list'] },
): Promise<Submitted> {
  // Without a listing it is not known whether it was accepted, and that is what is told.
  const jobs = await list('all').catch(() => null);
  const found = jobs?.find((job) => job.tag === tag);
  if (found) return { outcome: 'submitted', jobId: found.id.replace(/[_.]\d+$/, '') };
  return { outcome: jobs === null || isTimeOut(ended) ? 'unknown' : 'refused', words };
}

/** Whether the batch system may do later what it was asked: no exit code tells, only its words do. */
function isTimeOut({ exitCode, errors, output }: CommandEnd): boolean {
  return exitCode === null || exitCode === 0 || /timed? ?out|time-out|communication/i.test(errors + output);
}

function readAnswer<T>(adapter: QueueAdapter, ended: CommandEnd, read: (output: string) => T): T {
  if (ended.exitCode !== 0) throw failed(adapter, 'list the jobs', wordsOf(ended));
  try {
    return read(ended.output);
  } catch (error) {
    throw failed(adapter, 'list the jobs', error instanceof Error ? error.message : String(error));
  }
}

function failed({ system }: QueueAdapter, what: string, words: string): SkyrocketError {
  return new SkyrocketError('QUEUE_FAILED', `${system.name} could not ${what}: ${words}`);
}

/** Another program with the same words. */
function replaced(command: Command, by: string[] | null): Command {
  if (by === null) return command;
  const [program = command.program, ...words] = by;
  return { ...command, program, words: [...words, ...command.words] };
}

/** Whole or not at all: a batch system never reads half a script. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
