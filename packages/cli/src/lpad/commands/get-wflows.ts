import type { FoundWorkflow } from '@skyrocket/contract/questions';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag } from '../../command-line/option.ts';
import { bareIfOne, printDocument, printText } from '../../output/output.ts';
import type { LpadCommand, LpadContext } from '../context.ts';
import { displayFormat, displayOptions, orderAndLimit } from '../display-options.ts';
import { refuseUnknownIds, workflowQuestion } from '../selection.ts';
import { workflowSelection } from '../selection-options.ts';
import { workflowDisplay, workflowFields } from '../workflow-display.ts';

const table = flag('-t --table', 'print a table, also where standard output is no terminal');

export const command: LpadCommand = {
  options: [...Object.values(workflowSelection), ...Object.values(displayOptions), table],
  async run(line, context) {
    const question = await workflowQuestion(line);
    const format = displayFormat(line);
    const launchpad = await context.launchpad();
    const { count, workflows } = await launchpad.findWorkflows({
      ...question,
      ...orderAndLimit(line),
      fields: workflowFields(format),
    });
    if (format === 'count') await printDocument(count, context.output);
    else await printWorkflows(workflows, line, context);
    // Several ids may be in one Workflow.
    if (question.fwIds && count < question.fwIds.length) await refuseUnknownIds(launchpad, question.fwIds);
    return 0;
  },
};

async function printWorkflows(
  workflows: FoundWorkflow[],
  line: CommandLine,
  { output }: LpadContext,
): Promise<void> {
  const format = displayFormat(line);
  const asTable = line.value(table) || (output === 'table' && (format === 'less' || format === 'more'));
  if (asTable && format !== 'ids') {
    const { workflowTable } = await import('../workflow-table.ts');
    return printText(workflowTable(workflows));
  }
  const shown = workflows.map((workflow) =>
    format === 'ids' ? (workflow.nodes[0] ?? null) : workflowDisplay(workflow, format),
  );
  return printDocument(bareIfOne(shown), output);
}
