import { randomUUID } from 'node:crypto';
import { fwId } from '@skyrocket/model/ids';
import type { NewFirework, NewWorkflow } from '@skyrocket/model/records';
import type { UserValue } from '@skyrocket/model/user-data';
import { text, texts, words } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { printAdded } from '../added-workflows.ts';
import type { LpadCommand } from '../context.ts';

const scripts = words('SCRIPT', { describe: 'shell commands, each the task of one Firework', arity: 'some' });
const names = texts('-n --names', 'NAME', { describe: 'the name of each Firework', arity: 'some' });
const workflowName = text(
  '-w --wf_name',
  'NAME',
  'the name of the Workflow (default: the first of the names)',
);
const delimiter = text('-d --delimiter', 'TEXT', 'accepted for FireWorks; it has no effect there either');

/** One Firework per script, each after the one before it. */
export const command: LpadCommand = {
  options: [names, workflowName, delimiter],
  positionals: [scripts],
  async run(line, context) {
    const given = line.value(names) ?? [];
    const workflow = scriptsWorkflow(line.value(scripts), given, line.value(workflowName));
    const launchpad = await context.launchpad();
    const { idMaps } = await launchpad.addWorkflows({ key: randomUUID(), workflows: [workflow] });
    await printAdded([{ workflow, idMap: idMaps[0] ?? new Map() }], context.output, context.log);
    return 0;
  },
};

function scriptsWorkflow(scripts: string[], names: string[], name: string | null): NewWorkflow {
  if (names.length > 0 && names.length !== scripts.length) {
    throw usageError(
      `-n/--names: ${scripts.length} scripts need ${scripts.length} names or none, not ${names.length}`,
    );
  }
  const fireworks = scripts.map(
    (script, i): NewFirework => ({
      fwId: fwId(i),
      name: names[i] ?? 'Unnamed FW',
      spec: new Map([['_tasks', [scriptTask(script)]]]),
      state: 'WAITING',
      launches: [],
      archivedLaunches: [],
    }),
  );
  const links = new Map(fireworks.map((_, i) => [fwId(i), i + 1 < scripts.length ? [fwId(i + 1)] : []]));
  return { name: name ?? names[0] ?? 'unnamed WF', metadata: new Map(), fireworks, links };
}

const scriptTask = (script: string) =>
  new Map<string, UserValue>([
    ['_fw_name', 'ScriptTask'],
    ['script', script],
    ['use_shell', true],
  ]);
