import type { FoundWorkflow } from '@skyrocket/contract/questions';
import { STATES, type State } from '@skyrocket/model/states';
import { localMoment } from '../output/local-moment.ts';
import { paintStates } from '../output/state-colours.ts';
import { type Column, standardOutputPlace, tableText } from '../output/table.ts';

/** Workflows for a person at a terminal. */
export function workflowTable(workflows: FoundWorkflow[]): string {
  if (workflows.length === 0) return 'no Workflow matches\n';
  return tableText(workflowColumns, workflows.map(workflowRow), standardOutputPlace());
}

const workflowColumns: readonly Column[] = [
  { title: 'FW_ID', align: 'right' },
  { title: 'STATE', paint: paintStates },
  { title: 'NAME', flexible: true },
  { title: 'FIREWORKS', paint: paintStates },
  { title: 'CREATED' },
];

const workflowRow = (workflow: FoundWorkflow): string[] => [
  String(workflow.nodes[0] ?? ''),
  workflow.state,
  workflow.name,
  stateCounts(workflow.states.values()),
  localMoment(workflow.createdOn),
];

/** `2 WAITING, 1 READY`, in the order in which Fireworks go through them. */
function stateCounts(states: Iterable<State>): string {
  const counts = new Map<State, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return STATES.filter((state) => counts.has(state))
    .map((state) => `${counts.get(state)} ${state}`)
    .join(', ');
}
