import { writeFile } from 'node:fs/promises';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import { newWorkflowToDocument } from '@skyrocket/model/workflow-document';
import { integer, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printDocument } from '../../output/output.ts';
import type { LpadCommand } from '../context.ts';
import { dumpedWorkflow } from '../dumped-workflow.ts';
import { formatOf } from '../workflow-input.ts';

const member = integer('-i --fw_id', 'FW_ID', { describe: 'any Firework of the Workflow', fallback: null });
const file = text('-f --wf_file', 'FILE', 'where to write it (.json, .yaml; default: standard output)');

export const command: LpadCommand = {
  options: [member, file],
  async run(line, context) {
    const id = line.value(member);
    if (id === null) throw usageError('which Workflow? name any of its Fireworks with -i');
    const path = line.value(file);
    const format = path === null ? null : formatOf(path);
    const launchpad = await context.launchpad();
    const workflow = dumpedWorkflow(await launchpad.dumpWorkflow({ fwId: fwId(id) }));
    if (path === null || format === null) {
      await printDocument(newWorkflowToDocument(workflow), context.output);
      return 0;
    }
    const { writeWorkflowFile } = await import('@skyrocket/model/workflow-file');
    await write(path, writeWorkflowFile(workflow, format));
    context.log.info(`Wrote the Workflow of Firework ${id} to ${path}`);
    return 0;
  },
};

async function write(path: string, content: string): Promise<void> {
  await writeFile(path, content).catch((cause: unknown) => {
    throw new SkyrocketError(
      'BAD_FILE',
      `${path} cannot be written (${cause instanceof Error ? cause.message : cause}); name another file with -f`,
      { cause },
    );
  });
}
