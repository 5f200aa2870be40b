import { fwId } from '@skyrocket/model/ids';
import { checkWorkflow } from '@skyrocket/model/workflow-check';
import { integer } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printDocument, printText } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { dumpedWorkflow } from '../dumped-workflow.ts';

const member = integer('-i --fw_id', 'FW_ID', { describe: 'any Firework of the Workflow', fallback: null });

/** Ends with exit code 1 when something is wrong, as FireWorks does. */
export const command: LpadCommand = {
  options: [member],
  async run(line, { launchpad, output }) {
    const id = line.value(member);
    if (id === null) throw usageError('which Workflow? name any of its Fireworks with -i');
    const dump = await (await launchpad()).dumpWorkflow({ fwId: fwId(id) });
    const faults = checkWorkflow(dumpedWorkflow(dump));
    if (output !== 'table') await printDocument(faults, output);
    else printText(faults.length === 0 ? 'nothing is wrong\n' : faults.map((fault) => `${fault}\n`).join(''));
    return faults.length === 0 ? 0 : 1;
  },
};
