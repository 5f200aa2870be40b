import { randomUUID } from 'node:crypto';
import type { UserDecision } from '@skyrocket/contract/decisions';
import type { OnFireworks } from '@skyrocket/contract/keyed';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FoundWorkflow } from '@skyrocket/contract/questions';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import type { CommandLine } from '../command-line/command-line.ts';
import { confirmMany } from './confirmation.ts';
import type { LpadCommand, LpadContext } from './context.ts';
import { refuseEverything, refuseUnknownIds, workflowQuestion } from './selection.ts';
import { password, workflowSelection } from './selection-options.ts';
import { tellDecision } from './tell-decision.ts';

/** The options of every command that changes Workflows. */
export const workflowChangeOptions = [...Object.values(workflowSelection), password];

export interface WorkflowChange {
  /** What is done, for the log: `pausing`. */
  doing: string;
  /** Of the Fireworks of a Workflow, those whose state is such are changed. */
  concerns(state: State): boolean;
  decide(launchpad: LaunchPad, request: OnFireworks): Promise<UserDecision>;
}

/** A command that changes Fireworks of the selected Workflows and takes no other option. */
export function workflowCommand(change: WorkflowChange): LpadCommand {
  return {
    options: workflowChangeOptions,
    run: (line, context) => changeMembers(line, context, change),
  };
}

export async function changeMembers(
  line: CommandLine,
  context: LpadContext,
  change: WorkflowChange,
): Promise<number> {
  const workflows = await workflowsToChange(line, context, 'summary');
  const fwIds = workflows.flatMap((workflow) => membersThat(workflow, change.concerns));
  if (fwIds.length === 0) {
    context.log.info(
      workflows.length === 0
        ? 'no Workflow matches; nothing was changed'
        : `no Firework of ${countOf(workflows)} is in a state for ${change.doing}; nothing was changed`,
    );
    return 0;
  }
  const decision = await change.decide(await context.launchpad(), { key: randomUUID(), fwIds });
  tellDecision(decision, change.doing, context.log);
  return 0;
}

function membersThat(workflow: FoundWorkflow, concerns: (state: State) => boolean): FwId[] {
  return [...workflow.states].filter(([, state]) => concerns(state)).map(([id]) => id);
}

/** The selected Workflows, when there are few or the change of many was confirmed. */
export async function workflowsToChange(
  line: CommandLine,
  context: LpadContext,
  fields: 'ids' | 'summary',
): Promise<FoundWorkflow[]> {
  const question = await workflowQuestion(line);
  refuseEverything(question, 'Workflows');
  const launchpad = await context.launchpad();
  if (question.fwIds) await refuseUnknownIds(launchpad, question.fwIds);
  const { workflows } = await launchpad.findWorkflows({ ...question, fields });
  await confirmMany({
    count: workflows.length,
    what: 'Workflows',
    password: line.value(password),
    changesWithoutPassword: context.config.changesWithoutPassword,
  });
  return workflows;
}

export const countOf = (workflows: readonly unknown[]): string =>
  workflows.length === 1 ? '1 Workflow' : `${workflows.length} Workflows`;
