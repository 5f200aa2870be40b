import { workflowCommand } from '../change-workflows.ts';

export const command = workflowCommand({
  doing: 'reigniting',
  concerns: (state) => state === 'DEFUSED',
  decide: (launchpad, request) => launchpad.reignite(request),
});
