import type { RerunFireworks } from '@skyrocket/contract/decisions';
import { launchId } from '@skyrocket/model/ids';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, integers } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { changeFireworks, changeOptions } from '../change-fireworks.ts';
import type { LpadCommand } from '../context.ts';

const taskLevel = flag('--task-level', 'resume at the task that failed, with what the tasks before it left');
const launchIds = integers(
  '-lid --launch_id',
  'LAUNCH_ID',
  'resume from these Launches, one of each Firework (default: the last ones)',
);
const copyData = flag('-cp --copy-data', 'copy the files of the old launch directory into the new one');
const previousDirectory = flag('-pd --previous-dir', 'run in the old launch directory');

export const command: LpadCommand = {
  options: [...changeOptions, taskLevel, launchIds, copyData, previousDirectory],
  exclusive: [[copyData, previousDirectory]],
  run(line, context) {
    const recovery = readRecovery(line);
    return changeFireworks(line, context, {
      doing: 'rerunning',
      decide: (launchpad, request) =>
        launchpad.rerun({
          ...request,
          ...(recovery && { taskLevel: recovery }),
          exceptionDetails: context.config.exceptionDetailsOnRerun ? 'keep' : 'drop',
        }),
    });
  },
};

function readRecovery(line: CommandLine): RerunFireworks['taskLevel'] {
  if (!line.value(taskLevel)) {
    const lonely = [launchIds, copyData, previousDirectory].find((option) => line.has(option));
    if (lonely) throw usageError(`${lonely.flags.join('/')} has a meaning only with --task-level`);
    return undefined;
  }
  const files = line.value(copyData) ? 'copy' : line.value(previousDirectory) ? 'previous-directory' : 'none';
  const ids = line.value(launchIds)?.map(launchId);
  return { files, ...(ids && { launchIds: ids }) };
}
