import { fireworkCommand } from '../change-fireworks.ts';

export const command = fireworkCommand({
  doing: 'defusing',
  decide: (launchpad, request) => launchpad.defuse(request),
});
