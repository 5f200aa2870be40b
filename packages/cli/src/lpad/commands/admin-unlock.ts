import { randomUUID } from 'node:crypto';
import { workflowChangeOptions, workflowsToChange } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { idsText } from '../tell-decision.ts';

export const command: LpadCommand = {
  options: workflowChangeOptions,
  async run(line, context) {
    const workflows = await workflowsToChange(line, context, 'ids');
    const fwIds = workflows.flatMap(({ nodes }) => nodes.slice(0, 1));
    const launchpad = await context.launchpad();
    const { unlocked } = await launchpad.unlock({ key: randomUUID(), fwIds });
    context.log.info(
      unlocked.length === 0
        ? 'none of these Workflows was locked by a program that is not at work'
        : `Unlocked the Workflows of the Fireworks ${idsText(unlocked)}`,
    );
    return 0;
  },
};
