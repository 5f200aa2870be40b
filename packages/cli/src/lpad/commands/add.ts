import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { SkyrocketError } from '@skyrocket/model/errors';
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
const check = flag(
  '-c --check',
  'also refuse Workflows that fall into parts, or whose tasks do not find the data that others hand on',
);

/** All Workflows are stored together, or none of them. */
export const command: LpadCommand = {
  options: [directories, check],
  positionals: [files],
  async run(line, context) {
    const given = await paths(line, context);
    // Opening waits for the launchpad most of the time; what fails is told when the files are known to be good.
    if (given.length > filesAtOnce) void context.launchpad().catch(() => null);
    const workflows: NewWorkflow[] = [];
    for (const path of given) {
      const { maxFileMebibytes } = context.config;
      const workflow = await readWorkflowInput(path, { maxFileMebibytes, log: context.log });
      if (line.value(check)) await refuseFaulty(path, workflow);
      if (workflows.push(workflow) % filesAtOnce === 0) await setImmediate();
    }
    const launchpad = await context.launchpad();
    const { idMaps } = await launchpad.addWorkflows({ key: randomUUID(), workflows });
    const added = workflows.map((workflow, i) => ({ workflow, idMap: idMaps[i] ?? new Map() }));
    await printAdded(added, context.output, context.log);
    return 0;
  },
};

/** So many are read before anything else has its turn. */
const filesAtOnce = 50;

/** @throws SkyrocketError BAD_WORKFLOW telling the first fault */
async function refuseFaulty(path: string, workflow: NewWorkflow): Promise<void> {
  const { checkWorkflow } = await import('@skyrocket/model/workflow-check');
  const [first, ...others] = checkWorkflow(workflow);
  if (first === undefined) return;
  const more = others.length > 0 ? ` (and ${others.length} more faults)` : '';
  throw new SkyrocketError('BAD_WORKFLOW', `${path}: ${first}${more}`);
}

async function paths(line: CommandLine, { log }: LpadContext): Promise<string[]> {
  const given = line.value(files);
  if (!line.value(directories)) return given;
  const listed = await Promise.all(given.map((directory) => workflowFilesIn(directory, log)));
  return listed.flat();
}
