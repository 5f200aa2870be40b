import type { FindWorkflows, FoundWorkflow } from '@skyrocket/contract/questions';
import type { FwId } from '@skyrocket/model/ids';
import { parentsOf } from '@skyrocket/model/links';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import type { DisplayFormat } from './display-options.ts';

/** What must be asked of the launchpad for a display format. */
export function workflowFields(format: DisplayFormat): FindWorkflows['fields'] {
  switch (format) {
    case 'less':
      return 'summary';
    case 'ids':
    case 'count':
      return format;
    default:
      return 'launches';
  }
}

/** A Workflow in FireWorks' shape; its name and those of its Fireworks carry the id: `name--1`. */
export function workflowDisplay(workflow: FoundWorkflow, format: DisplayFormat): UserMap {
  const display: UserMap = new Map<string, UserValue>([
    ['state', workflow.state],
    ['name', `${workflow.name}--${workflow.nodes[0] ?? ''}`],
    ['created_on', withoutOffset(workflow.createdOn)],
  ]);
  if (format === 'less') return display.set('states_list', statesList(workflow));
  display.set('updated_on', withoutOffset(workflow.updatedOn));
  display.set(
    'states',
    byFirework(workflow, (id) => workflow.states.get(id) ?? null),
  );
  if (format === 'reservations')
    return display.set('launches', byFirework(workflow, reservationsOf(workflow)));
  display.set('launch_dirs', byFirework(workflow, directoriesOf(workflow)));
  return format === 'all' ? new Map([...structure(workflow), ...display]) : display;
}

/** The moments of Workflows are dates without a zone in FireWorks' database, and are shown so. */
const withoutOffset = (moment: Timestamp) => moment.slice(0, moment.indexOf('+'));

/** `REA-W-C`: three letters where one would not tell which state it is. */
function statesList(workflow: FoundWorkflow): string {
  return workflow.nodes
    .map((id) => workflow.states.get(id) ?? '')
    .map((state) => state.slice(0, state.startsWith('R') ? 3 : 1))
    .join('-');
}

function byFirework(workflow: FoundWorkflow, value: (id: FwId) => UserValue): UserMap {
  return new Map(workflow.nodes.map((id) => [nameWithId(workflow, id), value(id)]));
}

const nameWithId = (workflow: FoundWorkflow, id: FwId) => `${workflow.names.get(id) ?? ''}--${id}`;

const directoriesOf = (workflow: FoundWorkflow) => (id: FwId) =>
  (workflow.launches.get(id) ?? []).map((launch) => launch.launchDir);

const reservationsOf = (workflow: FoundWorkflow) => (id: FwId) =>
  (workflow.launches.get(id) ?? []).map(
    (launch): UserMap =>
      new Map<string, UserValue>([
        // The key of a document in MongoDB, which FireWorks cannot show.
        ['_id', null],
        ['launch_dir', launch.launchDir],
        [
          'state_history',
          launch.history.map(
            ({ reservationId }): UserMap =>
              new Map(reservationId === undefined ? [] : [['reservation_id', reservationId]]),
          ),
        ],
        ['launch_id', launch.launchId],
      ]),
  );

/** What only `all` shows. */
function structure(workflow: FoundWorkflow): UserMap {
  const named = (links: Iterable<[FwId, FwId[]]>): UserMap =>
    new Map(
      [...links].map(([id, others]) => [
        nameWithId(workflow, id),
        others.map((other) => nameWithId(workflow, other)),
      ]),
    );
  return new Map<string, UserValue>([
    ['links', named(workflow.links)],
    ['parent_links', named(parentsOf(workflow.links))],
    ['metadata', workflow.metadata],
  ]);
}
