import { fireworkCommand } from '../change-fireworks.ts';

export const command = fireworkCommand({
  doing: 'reigniting',
  decide: (launchpad, request) => launchpad.reignite(request),
});
