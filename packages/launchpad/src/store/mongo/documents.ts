import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import {
  fworkerToDocument,
  launchFromDocument,
  storedLaunchDocument,
} from '@skyrocket/model/launch-document';
import type { FireworkRecord, LaunchRecord, NewFirework, WorkflowRecord } from '@skyrocket/model/records';
import { readState, type State } from '@skyrocket/model/states';
import { epochMilliseconds, readTimestamp, type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Document } from 'mongodb';
import { mapToBson, toBson } from './bson-user-data.ts';

// FireWorks' documents (format §2) and the records that they stand for. Documents that hold user data are read raw.

export function fireworkFromDocument(document: UserMap): FireworkRecord {
  const spec = document.get('spec');
  return {
    fwId: fwId(integerOf(document.get('fw_id'))),
    name: textOf(document.get('name')),
    state: stateOf(document.get('state')),
    spec: isUserMap(spec) ? spec : new Map(),
    launches: launchIdsOf(document.get('launches')),
    archivedLaunches: launchIdsOf(document.get('archived_launches')),
    createdOn: momentOf(document.get('created_on')),
    updatedOn: momentOf(document.get('updated_on')),
  };
}

/** A Firework to be inserted, its members in the order in which Python inserts them. */
export function newFireworkDocument(
  firework: Omit<NewFirework, 'launches' | 'archivedLaunches'>,
  as: { id: FwId; state: State; now: Timestamp; launches: LaunchId[]; archivedLaunches: LaunchId[] },
): Map<string, unknown> {
  const document = new Map<string, unknown>([
    ['spec', mapToBson(firework.spec)],
    ['fw_id', as.id],
    ['created_on', firework.createdOn ?? as.now],
    ['updated_on', firework.updatedOn ?? as.now],
  ]);
  if (as.state !== 'WAITING') document.set('state', as.state);
  document.set('name', firework.name);
  document.set('launches', as.launches);
  document.set('archived_launches', as.archivedLaunches);
  // Setting what is there keeps its place.
  return document.set('state', as.state);
}

/** A Workflow to be inserted. */
export function newWorkflowDocument(workflow: {
  name: string;
  metadata: UserMap;
  state: State;
  states: Map<FwId, State>;
  links: Map<FwId, FwId[]>;
  createdOn: Timestamp;
  updatedOn: Timestamp;
}): Map<string, unknown> {
  const parents = new Map<string, FwId[]>();
  for (const [parent, children] of workflow.links) {
    for (const child of children) {
      const known = parents.get(String(child));
      if (known) known.push(parent);
      else parents.set(String(child), [parent]);
    }
  }
  return new Map<string, unknown>([
    ['links', byText(workflow.links)],
    ['parent_links', parents],
    ['nodes', [...workflow.states.keys()]],
    ['metadata', mapToBson(workflow.metadata)],
    ['state', workflow.state],
    ['name', workflow.name],
    ['created_on', dateOf(workflow.createdOn)],
    ['updated_on', dateOf(workflow.updatedOn)],
    ['fw_states', byText(workflow.states)],
  ]);
}

function byText<Value>(map: ReadonlyMap<FwId, Value>): Map<string, Value> {
  return new Map([...map].map(([id, value]) => [String(id), value]));
}

/** `names` stays empty: they stand in the Fireworks. */
export function workflowFromDocument(document: UserMap): WorkflowRecord {
  const metadata = document.get('metadata');
  return {
    nodes: integersOf(document.get('nodes')).map(fwId),
    links: idMap(document.get('links'), (children) => integersOf(children).map(fwId)),
    states: idMap(document.get('fw_states'), stateOf),
    names: new Map(),
    name: textOf(document.get('name')),
    state: stateOf(document.get('state')),
    metadata: isUserMap(metadata) ? metadata : new Map(),
    createdOn: momentOf(document.get('created_on')),
    updatedOn: momentOf(document.get('updated_on')),
  };
}

function idMap<Value>(value: UserValue | undefined, read: (value: UserValue) => Value): Map<FwId, Value> {
  const map = new Map<FwId, Value>();
  if (isUserMap(value)) for (const [key, item] of value) map.set(fwId(Number(key)), read(item));
  return map;
}

/** A Launch as it is stored; its action must have been fetched if it stands in a file. */
export function launchRecordFromDocument(document: UserMap): LaunchRecord {
  return launchFromDocument(document);
}

export function launchDocument(launch: LaunchRecord): Map<string, unknown> {
  return mapToBson(storedLaunchDocument(launch));
}

export function fworkerDocument(fworker: LaunchRecord['fworker']): unknown {
  return toBson(fworkerToDocument(fworker));
}

export function dateOf(moment: Timestamp): Date {
  return new Date(Math.floor(epochMilliseconds(moment)));
}

/** Times are texts or Dates, depending on who wrote them last; raw reading has made Dates texts. */
export function momentOf(value: UserValue | undefined): Timestamp {
  return (typeof value === 'string' ? readTimestamp(value) : null) ?? timestamp(0);
}

export function stateOf(value: unknown): State {
  return (typeof value === 'string' ? readState(value) : null) ?? 'WAITING';
}

export function launchIdsOf(value: unknown): LaunchId[] {
  return integersOf(value).map(launchId);
}

function integersOf(value: unknown): number[] {
  return Array.isArray(value) ? value.map(integerOf) : [];
}

/** An integer that any program may have written as a double or a 64-bit integer. */
export function integerOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'object' && value !== null) return Number(value);
  return -1;
}

const textOf = (value: UserValue | undefined) => (typeof value === 'string' ? value : '');

/** A member of a document that the driver has read; undefined where there is none. */
export function member(document: Document | null | undefined, name: string): unknown {
  return document?.[name];
}
