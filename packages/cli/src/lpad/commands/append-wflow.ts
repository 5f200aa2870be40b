import { randomUUID } from 'node:crypto';
import { fwId } from '@skyrocket/model/ids';
import { flag, integerList, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printAdded } from '../added-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { refuseUnknownIds } from '../selection.ts';
import { readWorkflowInput } from '../workflow-input.ts';

const parentIds = integerList('-i --fw_id', 'FW_ID[,FW_ID...]', 'the parents, all in one Workflow');
const file = text('-f --wf_file', 'FILE', 'the workflow file; its fw_ids are negative');
const detour = flag('-d --detour', 'what comes after the parents waits for it');
const withoutSpecMods = flag(
  '--no_pull_spec_mods',
  'do not hand on what COMPLETED parents say about the specs of their children',
);

export const command: LpadCommand = {
  options: [parentIds, file, detour, withoutSpecMods],
  async run(line, context) {
    const parents = line.value(parentIds)?.map(fwId) ?? [];
    const path = line.value(file);
    if (parents.length === 0) throw usageError('below which Fireworks? name the parents with -i');
    if (path === null) throw usageError('which Workflow? name its file with -f');
    const { maxFileMebibytes } = context.config;
    const workflow = await readWorkflowInput(path, { maxFileMebibytes, log: context.log });
    const launchpad = await context.launchpad();
    await refuseUnknownIds(launchpad, parents);
    const { idMap } = await launchpad.appendWorkflow({
      key: randomUUID(),
      workflow,
      parents,
      detour: line.value(detour),
      pullSpecMods: !line.value(withoutSpecMods),
    });
    await printAdded([{ workflow, idMap }], context.output, context.log);
    return 0;
  },
};
