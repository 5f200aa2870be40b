import { flag, integerArgument } from '../../command-line/option.ts';
import { changeFireworks, changeOptions } from '../change-fireworks.ts';
import { changeMembers } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { fireworkSelection } from '../selection-options.ts';

const priority = integerArgument('PRIORITY', 'an integer; higher ones are run first');
const wholeWorkflows = flag('-wf', 'select Workflows instead, and set the priority of all their Fireworks');

export const command: LpadCommand = {
  options: [...changeOptions, wholeWorkflows],
  positionals: [priority],
  exclusive: [[wholeWorkflows, fireworkSelection.launchesMode]],
  run(line, context) {
    const change: Parameters<typeof changeFireworks>[2] = {
      doing: 'setting the priority of',
      decide: (launchpad, request) => launchpad.setPriority({ ...request, priority: line.value(priority) }),
    };
    if (!line.value(wholeWorkflows)) return changeFireworks(line, context, change);
    return changeMembers(line, context, { ...change, concerns: () => true });
  },
};
