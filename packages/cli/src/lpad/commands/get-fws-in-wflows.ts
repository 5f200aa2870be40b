import type { FindFireworks } from '@skyrocket/contract/questions';
import { fwId } from '@skyrocket/model/ids';
import { STATES } from '@skyrocket/model/states';
import type { UserMap } from '@skyrocket/model/user-data';
import type { CommandLine } from '../../command-line/command-line.ts';
import { choice, flag, integerList, text } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';
import { displayFormat, displayOptions, orderAndLimit } from '../display-options.ts';
import { fireworkFields } from '../firework-display.ts';
import { printFireworks } from '../print-fireworks.ts';
import { type Filters, filterOf } from '../selection.ts';

const ids = 'FW_ID[,FW_ID...]';
const filter = 'match this MongoDB filter: JSON, YAML or a Python literal';

const workflow = {
  fwIds: integerList('-wfi --wf_fw_id', ids, 'in Workflows that hold any of these Fireworks'),
  name: text('-wfn --wf_name', 'NAME', 'in Workflows with exactly this name'),
  state: choice('-wfs --wf_state', STATES, 'in Workflows in this state'),
  query: text('-wfq --wf_query', 'QUERY', `in Workflows that ${filter}`),
};

const firework = {
  fwIds: integerList('-fwi --fw_fw_id', ids, 'these Fireworks'),
  name: text('-fwn --fw_name', 'NAME', 'Fireworks with exactly this name'),
  state: choice('-fws --fw_state', STATES, 'Fireworks in this state'),
  query: text('-fwq --fw_query', 'QUERY', `Fireworks that ${filter}`),
};

const launchesMode = flag('-lm --launches_mode', '-fwq and -fws speak of the Launches of a Firework instead');
const reservation = text('--qid', 'ID', 'reserved by this job of the batch system');

/** Fireworks that match, in Workflows that match. */
export const command: LpadCommand = {
  options: [
    ...Object.values(workflow),
    ...Object.values(firework),
    ...[launchesMode, reservation],
    ...Object.values(displayOptions),
  ],
  async run(line, context) {
    const question = await questionOf(line);
    const format = displayFormat(line);
    const launchpad = await context.launchpad();
    const found = await launchpad.findFireworks({
      ...question,
      ...orderAndLimit(line),
      fields: fireworkFields(format),
    });
    await printFireworks(found, format, context.output);
    return 0;
  },
};

type Question = Pick<FindFireworks, 'fwIds' | 'filter' | 'launchFilter' | 'workflowFilter' | 'reservationId'>;

async function questionOf(line: CommandLine): Promise<Question> {
  const fwIds = line.value(firework.fwIds);
  const reservationId = line.value(reservation);
  const own = await filterOf(given(line, firework));
  const workflowFilter = await filterOf({ ...given(line, workflow), more: membership(line) });
  return {
    ...(fwIds && { fwIds: [...new Set(fwIds)].map(fwId) }),
    ...(own && (line.value(launchesMode) ? { launchFilter: own } : { filter: own })),
    ...(workflowFilter && { workflowFilter }),
    ...(reservationId !== null && { reservationId }),
  };
}

function given(line: CommandLine, options: typeof firework): Filters {
  return {
    name: line.value(options.name),
    state: line.value(options.state),
    query: line.value(options.query),
  };
}

function membership(line: CommandLine): UserMap | null {
  const members = line.value(workflow.fwIds);
  return members === null ? null : new Map([['nodes', new Map([['$in', members]])]]);
}
