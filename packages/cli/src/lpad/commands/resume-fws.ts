import { fireworkCommand } from '../change-fireworks.ts';

export const command = fireworkCommand({
  doing: 'resuming',
  decide: (launchpad, request) => launchpad.resume(request),
});
