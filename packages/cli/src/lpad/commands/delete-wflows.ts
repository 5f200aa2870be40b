import { randomUUID } from 'node:crypto';
import { flag } from '../../command-line/option.ts';
import { countOf, workflowChangeOptions, workflowsToChange } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { removeLaunchDirectories } from '../launch-directories.ts';
import { idsText } from '../tell-decision.ts';

const launchDirectories = flag('--ldirs', 'also remove the launch directories, with all that is in them');

export const command: LpadCommand = {
  options: [...workflowChangeOptions, launchDirectories],
  async run(line, context) {
    const { log } = context;
    const workflows = await workflowsToChange(line, context, 'ids');
    const fwIds = workflows.flatMap((workflow) => workflow.nodes.slice(0, 1));
    if (fwIds.length === 0) {
      log.info('no Workflow matches; nothing was deleted');
      return 0;
    }
    const launchpad = await context.launchpad();
    const deleted = await launchpad.deleteWorkflows({ key: randomUUID(), fwIds });
    const launches = idsText(deleted.launchIds) || 'none';
    log.info(`Deleted ${countOf(workflows)}: Fireworks ${idsText(deleted.fwIds)}; Launches ${launches}`);
    if (line.value(launchDirectories)) await removeLaunchDirectories(deleted.launchDirs, context);
    return 0;
  },
};
