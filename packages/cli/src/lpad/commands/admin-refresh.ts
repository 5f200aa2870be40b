import { workflowCommand } from '../change-workflows.ts';

export const command = workflowCommand({
  doing: 'refreshing',
  concerns: () => true,
  decide: (launchpad, request) => launchpad.refresh(request),
});
