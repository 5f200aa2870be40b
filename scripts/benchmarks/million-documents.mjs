// The documents of a FireWorks database of a million Fireworks as adds and workers of ours have written them: Workflows of
// ten, of which seven in ten are done, one has not begun, one runs and one has failed. Their changes fill the last five days.

import {
  dateOf,
  launchDocument,
  newFireworkDocument,
  newWorkflowDocument,
} from '@skyrocket/launchpad/store/mongo/documents';
import { emptyAction } from '@skyrocket/model/action';
import { timestamp } from '@skyrocket/model/timestamp';
import { fworker } from './in-process.mjs';
import { chain, loose, toWorkflow } from './workflows.mjs';

const size = 10;
const dayMilliseconds = 24 * 3600 * 1000;

/** State of the Workflow, and of its members; by the last digit of its number. */
const kinds = [
  ...Array(7).fill({ shape: chain(size), state: 'COMPLETED', members: () => 'COMPLETED' }),
  { shape: loose(size), state: 'READY', members: () => 'READY' },
  { shape: chain(size), state: 'RUNNING', members: onTheWay('RUNNING') },
  { shape: chain(size), state: 'FIZZLED', members: onTheWay('FIZZLED') },
].map(({ shape, ...kind }) => ({ ...kind, workflow: toWorkflow(shape) }));

/** In a chain: some are done, one is in this state, the others wait. */
function onTheWay(state) {
  return (index) => (index < size / 2 ? 'COMPLETED' : index === size / 2 ? state : 'WAITING');
}

/** So many Workflows from this number on, as documents by collection. */
export function documentsOf({ first, count, workflows }) {
  const made = { fireworks: [], workflows: [], launches: [] };
  for (let number = first; number < first + count; number++) {
    const kind = kinds[number % kinds.length];
    const begun = timestamp(Date.now() - (5 * dayMilliseconds * (workflows - number)) / workflows);
    addWorkflow(made, { number, kind, begun });
  }
  return made;
}

function addWorkflow(made, { number, kind: { workflow, state, members }, begun }) {
  const firstId = number * size + 1;
  const states = new Map();
  workflow.fireworks.forEach((firework, index) => {
    const id = firstId + index;
    const memberState = members(index);
    states.set(id, memberState);
    const launches = ['READY', 'WAITING'].includes(memberState) ? [] : [id];
    const as = { id, state: memberState, now: begun, launches, archivedLaunches: [] };
    made.fireworks.push(newFireworkDocument(firework, as));
    for (const launchId of launches)
      made.launches.push(launchOf({ launchId, fwId: id, state: memberState, begun }));
  });
  const links = new Map([...states.keys()].map((id) => [id, []]));
  for (const [parent, children] of workflow.links) {
    links.set(
      firstId + parent - 1,
      children.map((child) => firstId + child - 1),
    );
  }
  const { name, metadata } = workflow;
  const moments = { createdOn: begun, updatedOn: begun };
  made.workflows.push(newWorkflowDocument({ name, metadata, state, states, links, ...moments }));
}

function launchOf({ launchId, fwId, state, begun }) {
  const ended = state === 'COMPLETED' || state === 'FIZZLED';
  return launchDocument({
    ...{ launchId, fwId, state, fworker, host: 'localhost', ip: '127.0.0.1' },
    ...{ launchDir: `/scratch/launcher_${launchId}`, trackers: [], action: ended ? emptyAction() : null },
    history: [
      { state: 'RESERVED', createdOn: begun, updatedOn: begun },
      { state: 'RUNNING', createdOn: begun, updatedOn: begun },
      ...(ended ? [{ state, createdOn: begun }] : []),
    ],
  });
}

/** What our claims and starts record beside the Launches that run. */
export const startOf = (launch, agent) => ({
  ...{ _id: launch.get('launch_id'), agent, live: true },
  ...{ token: `token of ${launch.get('launch_id')}`, on: dateOf(launch.get('time_start')) },
});
