import { flag } from '../../command-line/option.ts';
import { changeMembers, workflowChangeOptions } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';

const allStates = flag('--defuse_all_states', 'also those that are COMPLETED or FIZZLED');

export const command: LpadCommand = {
  options: [...workflowChangeOptions, allStates],
  run: (line, context) =>
    changeMembers(line, context, {
      doing: 'defusing',
      concerns: (state) =>
        state !== 'DEFUSED' && state !== 'ARCHIVED' && (line.value(allStates) || !isOver(state)),
      decide: (launchpad, request) => launchpad.defuse(request),
    }),
};

const isOver = (state: string) => state === 'COMPLETED' || state === 'FIZZLED';
