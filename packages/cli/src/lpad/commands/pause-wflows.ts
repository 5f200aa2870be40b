import { workflowCommand } from '../change-workflows.ts';

export const command = workflowCommand({
  doing: 'pausing',
  concerns: (state) => state === 'WAITING' || state === 'READY' || state === 'RESERVED',
  decide: (launchpad, request) => launchpad.pause(request),
});
