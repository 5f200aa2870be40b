import { existsSync } from 'node:fs';
import type { FWAction } from '@skyrocket/model/action';
import { endsFirework, mergeActions } from '@skyrocket/model/action-merge';
import { checkpointToDocument } from '@skyrocket/model/launch-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { Checkpoint } from '@skyrocket/model/records';
import { applyActionToSpec } from '@skyrocket/model/spec-edits';
import type { UserMap } from '@skyrocket/model/user-data';
import { actionFileNames, takeActionFile } from './action-file.ts';
import type { LaunchTasks } from './launch-tasks.ts';
import type { StartedLaunch } from './started-launch.ts';

/** Where a Launch is in the sequence of its tasks. */
export interface Progress {
  /** The task that runs, or is the next one. */
  index: number;
  /** What the tasks before it asked for, in sum. */
  action: FWAction;
  /** The running spec. */
  spec: UserMap;
}

/** Characters of JSON. What is larger would fill up the document of a Launch, whose action may be as large as it likes. */
const checkpointLimit = 4 * 1024 * 1024;

/** From where the tasks can go on; null when that is too large to be kept, so that they go on from an earlier one. */
export function checkpointOf({ index, action }: Progress): Checkpoint | null {
  const { storedData, updateSpec, modSpec } = action;
  const checkpoint = { taskIndex: index, storedData, updateSpec, modSpec };
  if (storedData.size === 0 && updateSpec.size === 0 && modSpec.length === 0) return checkpoint;
  return stringifyJson(checkpointToDocument(checkpoint)).length > checkpointLimit ? null : checkpoint;
}

interface SequenceOf {
  launch: StartedLaunch;
  tasks: LaunchTasks;
  /** Called before each task. */
  begins(): void;
  /** Whether the task that ran has not come to its end. */
  isInterrupted(): boolean;
}

/**
 * Runs tasks one after another from where `progress` stands, which is kept up to date, until all are through or one ends
 * the Firework (format §5, §7.2): then it resolves to true. Ends early, without an error, when the Launch has to end.
 * @throws what a task throws; SkyrocketError BAD_ACTION when its action cannot be used
 */
export async function runSequence(
  progress: Progress,
  { launch, tasks, begins, isInterrupted }: SequenceOf,
): Promise<boolean> {
  const { launchDir } = launch;
  let mayBeWritten = othersMayWrite(launch);
  while (progress.index < tasks.mappings.length && !launch.ending) {
    begins();
    const returned = await tasks.run(progress.index, progress.spec);
    // What is interrupted is to run again; what was taken away may have ended before it heard of that.
    if (isInterrupted()) return false;
    mayBeWritten ||= tasks.mayWriteActionFile(progress.index);
    const written =
      mayBeWritten && hasActionFile(launchDir) ? await takeActionFile(launchDir, progress.index) : null;
    const action = written ?? returned;
    if (action) {
      progress.spec = editedSpec(progress.spec, action);
      progress.action = mergeActions(progress.action, action);
      if (endsFirework(action)) return true;
    }
    progress.index++;
  }
  return progress.index >= tasks.mappings.length;
}

function editedSpec(spec: UserMap, action: Partial<FWAction>): UserMap {
  const { updateSpec = new Map(), modSpec = [] } = action;
  return updateSpec.size > 0 || modSpec.length > 0 ? applyActionToSpec(spec, { updateSpec, modSpec }) : spec;
}

/** Whether an FWAction file may come from elsewhere than the tasks of the sequence. */
const othersMayWrite = ({ directory, firework }: StartedLaunch) =>
  directory === 'used' || keysThatWrite.some((key) => firework.spec.has(key));

const keysThatWrite = ['_files_in', '_recovery', '_background_tasks'];

/** To look takes longer than a short task. Asked after every task that may write, so there is no promise in it. */
const hasActionFile = (launchDir: string) =>
  actionFileNames.some((name) => existsSync(`${launchDir}/${name}`));
