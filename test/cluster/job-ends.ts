import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { JobEnd, ListedJob } from '@skyrocket/queue/batch-system';
import { openQueue, type Queue } from '@skyrocket/queue/queue';
import { readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import type { TestedBatchSystem } from './batch-system.ts';

/** Submits scripts to a batch system in this process, and asks how the jobs ended. */
export interface JobEnds {
  queue(): Queue;
  /** Submits a job that runs this command; resolves to its id. */
  submit(command: string): Promise<string>;
  /** Polls until the batch system says how a job ended, for two minutes at most. */
  whenEnded(jobId: string): Promise<JobEnd>;
  /** Polls until a job runs. */
  whenRunning(jobId: string): Promise<void>;
  /** Polls until a job waits. */
  whenPending(jobId: string): Promise<void>;
}

/** `broken`: commands of the batch system that fail. */
export function jobEnds(
  system: TestedBatchSystem,
  type: 'SLURM' | 'SGE',
  broken: readonly string[] = [],
): JobEnds {
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-ends-'));
  let queue: Queue | null = null;
  let count = 0;
  const opened = () => {
    if (queue === null) throw new Error('the queue is open only while tests run');
    return queue;
  };
  beforeAll(() => {
    const source = {
      fault: (key: string, sentence: string) =>
        new SkyrocketError('BAD_CONFIGURATION', `${key}: ${sentence}`),
      fullPath: (text: string) => text,
    };
    const settings = new Map([
      ['_fw_q_type', type],
      ['rocket_launch', 'true'],
    ]);
    for (const name of broken) writeFileSync(join(folder, name), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { PATH = '', ...environment } = { ...process.env, ...system.environment() };
    queue = openQueue(readQueueAdapter(settings, source), {
      directory: folder,
      environment: { ...environment, PATH: `${folder}:${PATH}` },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const poll = async <T>(look: () => Promise<T | null>, what: string): Promise<T> => {
    const deadline = Date.now() + 120_000;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const whenIn = async (state: ListedJob['state'], jobId: string) => {
    const isIn = async () =>
      (await opened().list('all')).some((job) => job.id === jobId && job.state === state) || null;
    await poll(isIn, `job ${jobId} is ${state}`);
  };
  return {
    queue: opened,
    async submit(command) {
      const file = `job${++count}.sh`;
      const job = {
        directory: folder,
        file,
        text: `#!/bin/bash\n${command}\n`,
        tag: file,
        jobName: file,
        count: 1,
      };
      const submitted = await opened().submit(job);
      if (submitted.outcome !== 'submitted') throw new Error(submitted.words);
      return submitted.jobId;
    },
    whenEnded: (jobId) =>
      poll(async () => {
        const end = await opened().howEnded(jobId);
        return typeof end === 'string' ? null : end;
      }, `job ${jobId} has ended`),
    whenRunning: (jobId) => whenIn('running', jobId),
    whenPending: (jobId) => whenIn('pending', jobId),
  };
}
