import { randomUUID } from 'node:crypto';
import type { NewWorkflow } from '@skyrocket/model/records';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, words } from '../../command-line/option.ts';
import { printAdded } from '../added-workflows.ts';
import type { LpadCommand, LpadContext } from '../context.ts';
import { readWorkflowInput, workflowFilesIn } from '../workflow-input.ts';

const files = words('FILE', {
  describe: 'workflow files (.json, .yaml, .yml), or - for standard input',
  arity: 'some',
});
const directories = flag('-d --dir', 'the arguments are directories; every workflow file in them is added');
const check = flag('-c --check', 'accepted for FireWorks: links and cycles are always checked');

/** All Workflows are stored together, or none of them. */
export const command: LpadCommand = {
  options: [directories, check],
  positionals: [files],
  async run(line, context) {
    const workflows: NewWorkflow[] = [];
    for (const path of await paths(line, context)) {
      const { maxFileMebibytes } = context.config;
      workflows.push(await readWorkflowInput(path, { maxFileMebibytes, log: context.log }));
    }
    const launchpad = await context.launchpad();
    const { idMaps } = await launchpad.addWorkflows({ key: randomUUID(), workflows });
    const added = workflows.map((workflow, i) => ({ workflow, idMap: idMaps[i] ?? new Map() }));
    await printAdded(added, context.output, context.log);
    return 0;
  },
};

async function paths(line: CommandLine, { log }: LpadContext): Promise<string[]> {
  const given = line.value(files);
  if (!line.value(directories)) return given;
  const listed = await Promise.all(given.map((directory) => workflowFilesIn(directory, log)));
  return listed.flat();
}
