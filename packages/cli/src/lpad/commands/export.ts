import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { NewWorkflow } from '@skyrocket/model/records';
import { oneWord } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';
import { dumpedWorkflow } from '../dumped-workflow.ts';
import { writeExport } from '../export-file.ts';

const file = oneWord('FILE', 'where all Workflows are written, with their states and Launches');

/** Each Workflow is read by itself: what workers do meanwhile is in it or not. */
export const command: LpadCommand = {
  options: [],
  positionals: [file],
  async run(line, { launchpad, log }) {
    const path = line.value(file);
    const source = await launchpad();
    const { uuid, location } = await source.identity();
    const running = await source.findFireworks({ filter: new Map([['state', 'RUNNING']]), fields: 'count' });
    if (running.count > 0) {
      log.warn(
        `${running.count} Fireworks are RUNNING: what they do from now on will be missing in the export; stop the workers for a copy to go on with`,
      );
    }
    const count = await writeExport(path, { launchpad: uuid, location }, allWorkflows(source));
    log.info(`Exported ${count} Workflows of ${location} to ${path}`);
    return 0;
  },
};

async function* allWorkflows(launchpad: LaunchPad): AsyncGenerator<NewWorkflow> {
  const { workflows } = await launchpad.findWorkflows({ fields: 'ids' });
  for (const { nodes } of workflows) {
    const [fwId] = nodes;
    if (fwId !== undefined) yield dumpedWorkflow(await launchpad.dumpWorkflow({ fwId }));
  }
}
