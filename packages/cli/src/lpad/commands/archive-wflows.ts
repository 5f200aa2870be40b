import { randomUUID } from 'node:crypto';
import { workflowChangeOptions, workflowsToChange } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { tellDecision } from '../tell-decision.ts';

export const command: LpadCommand = {
  options: workflowChangeOptions,
  async run(line, context) {
    const workflows = await workflowsToChange(line, context, 'ids');
    // A Workflow is named by any of its Fireworks.
    const fwIds = workflows.flatMap((workflow) => workflow.nodes.slice(0, 1));
    if (fwIds.length === 0) {
      context.log.info('no Workflow matches; nothing was changed');
      return 0;
    }
    const launchpad = await context.launchpad();
    const decision = await launchpad.archive({ key: randomUUID(), fwIds });
    tellDecision(decision, 'archiving the Workflows of', context.log);
    return 0;
  },
};
