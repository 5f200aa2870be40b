import { isUserMap } from '@skyrocket/model/user-data';
import type { Durations } from './batching.ts';
import { turnedAwayAfterSeconds } from './spawner-lines.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/**
 * A slot runs one Launch after another. Where each is one short command, a few of them stand in line for the process that
 * starts commands, so that a slot is not idle while the worker takes in a result or writes to a disk.
 */

/** Those that stand in a line are to run within about so long. */
export const lineSeconds = 0.05;
const inLineAtMost = 16;
/** Should each take as long as it may before those behind it are turned away. */
export const longestInLineSeconds = inLineAtMost * turnedAwayAfterSeconds;

/** How many Launches may be begun in a slot while this one is not over; 0: it is alone in its slot. */
export function followersOf(launch: StartedLaunch, worker: WorkerOptions, durations: Durations): number {
  if (!isLoneCommand(launch, worker)) return 0;
  return Math.min(inLineAtMost, Math.floor(lineSeconds / durations.foresee(launch.kinds)));
}

/** Whether it is over when its command is, and does nothing before that another Launch could notice. */
function isLoneCommand({ firework, directory, filesWritten }: StartedLaunch, worker: WorkerOptions): boolean {
  if (directory !== 'new' || !filesWritten) return false;
  const { spec } = firework;
  const tasks = spec.get('_tasks');
  if (Array.isArray(tasks) && tasks.length > 1) return false;
  const task = Array.isArray(tasks) ? tasks[0] : tasks;
  if (task === undefined || !isUserMap(task)) return false;
  const name = String(task.get('_fw_name'));
  if ((worker.nameUpdates.get(name) ?? name) !== 'ScriptTask') return false;
  if (['_files_in', '_background_tasks', '_recovery'].some((key) => spec.has(key))) return false;
  const script = task.get('script');
  return typeof script === 'string' || (Array.isArray(script) && script.length === 1);
}
