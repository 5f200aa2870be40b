import { fireworkCommand } from '../change-fireworks.ts';

export const command = fireworkCommand({
  doing: 'pausing',
  decide: (launchpad, request) => launchpad.pause(request),
});
