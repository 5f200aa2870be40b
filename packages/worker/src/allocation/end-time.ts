import { execFile } from 'node:child_process';
import { readWalltime } from '@skyrocket/model/walltime';
import type { Allocation } from './allocation.ts';

/** How a batch system is asked how many seconds a job has left. */
interface Question {
  command: [string, ...string[]];
  /** Seconds; null when the answer does not tell. */
  read(answer: string): number | null;
}

/** Null where nothing has to be asked. */
export function questionOf({ system, jobId }: Pick<Allocation, 'system' | 'jobId'>): Question | null {
  if (jobId === null) return null;
  switch (system) {
    case 'slurm':
      return { command: ['squeue', '-h', '-j', jobId, '-o', '%L'], read: (text) => slurmLeft(text) };
    case 'gridengine':
      return { command: ['qstat', '-xml', '-r', '-j', jobId], read: gridEngineLeft };
    case 'pbs':
      return { command: ['qstat', '-f', jobId], read: pbsLeft };
    case 'lsf':
      return { command: ['bjobs', '-noheader', '-o', 'time_left', jobId], read: lsfLeft };
    default:
      return null;
  }
}

/** Without a network squeue tries for twenty seconds. */
const answerMilliseconds = 5000;

/** When the job ends, in seconds since 1970; null when the batch system does not tell. */
export async function askEndTime(job: Pick<Allocation, 'system' | 'jobId'>): Promise<number | null> {
  const question = questionOf(job);
  if (!question) return null;
  const left = question.read(await answerOf(question.command));
  return left === null ? null : Date.now() / 1000 + left;
}

/** Empty when it fails: then no end is known. */
function answerOf([program, ...args]: [string, ...string[]]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: answerMilliseconds }, (error, stdout) => resolve(error ? '' : stdout));
  });
}

/** `1:30`, `1-00:00:00`; UNLIMITED and INVALID are none. */
const slurmLeft = (text: string): number | null => {
  const clock = text.trim().split('\n')[0] ?? '';
  // Less than a minute is written as 0:ss, so that a bare number cannot be minutes.
  return clock.includes(':') ? readWalltime(clock, 'slurm') : null;
};

/** The hard limit h_rt (or the soft one), less what has gone by since JAT_start_time (seconds or milliseconds since 1970). */
export function gridEngineLeft(xml: string, now = Date.now() / 1000): number | null {
  const limit = /<CE_name>h_rt<\/CE_name>[\s\S]*?<CE_stringval>([^<]*)<\/CE_stringval>/.exec(xml)?.[1];
  const started = Number(/<JAT_start_time>(\d+)<\/JAT_start_time>/.exec(xml)?.[1]);
  const seconds = readWalltime(limit, 'pbs');
  if (seconds === null || !(started > 0)) return null;
  return seconds - (now - (started > 1e11 ? started / 1000 : started));
}

/** `Walltime.Remaining` of Torque, else `Resource_List.walltime` less `resources_used.walltime`. */
export function pbsLeft(text: string): number | null {
  const member = (name: string) => new RegExp(`^\\s*${name} = (\\S+)\\s*$`, 'm').exec(text)?.[1];
  const remaining = readWalltime(member('Walltime\\.Remaining'), 'pbs');
  if (remaining !== null) return remaining;
  const limit = readWalltime(member('Resource_List\\.walltime'), 'pbs');
  return limit === null ? null : limit - (readWalltime(member('resources_used\\.walltime'), 'pbs') ?? 0);
}

/** `0:59 L`: hours and minutes; `-` where there is no limit. */
export function lsfLeft(text: string): number | null {
  return readWalltime(/^\s*(\d+:\d+)/.exec(text)?.[1], 'lsf');
}
