import type { Db, Document } from 'mongodb';
import { momentOfFiles } from './histories.ts';

/**
 * What FireWorks' collections hold, in a form in which two databases with the same history are equal: ids are replaced by
 * what they stand for, times by their kind of value.
 */
export interface DatabasePicture {
  fireworks: Document[];
  workflows: Document[];
  launches: Document[];
}

interface Names {
  /** Fireworks are known by their names, which a test makes unique. */
  fireworks: Map<number, string>;
  launches: Map<number, string>;
}

export async function databasePicture(db: Db): Promise<DatabasePicture> {
  const options = { promoteValues: false } as const;
  const fireworks = await db.collection('fireworks').find({}, options).toArray();
  const workflows = await db.collection('workflows').find({}, options).toArray();
  const launches = await db.collection('launches').find({}, options).sort({ launch_id: 1 }).toArray();
  const names = namesOf(fireworks, launches);
  return {
    fireworks: sorted(fireworks.map((one) => fireworkPicture(one, names))),
    workflows: sorted(workflows.map((one) => workflowPicture(one, names))),
    launches: sorted(launches.map((one) => launchPicture(one, names))),
  };
}

function namesOf(fireworks: Document[], launches: Document[]): Names {
  const names: Names = { fireworks: new Map(), launches: new Map() };
  for (const one of fireworks) names.fireworks.set(Number(one.fw_id), String(one.name));
  const counts = new Map<string, number>();
  for (const one of launches) {
    const maker = names.fireworks.get(Number(one.fw_id)) ?? 'nobody';
    const count = (counts.get(maker) ?? 0) + 1;
    counts.set(maker, count);
    names.launches.set(Number(one.launch_id), `launch ${count} of ${maker}`);
  }
  return names;
}

function fireworkPicture(document: Document, names: Names): Document {
  return {
    ...membersOf(document),
    fw_id: names.fireworks.get(Number(document.fw_id)),
    created_on: momentPicture(document.created_on),
    updated_on: isLeftAlone(document) ? 'string or Date' : kindOf(document.updated_on),
    launches: launchNames(document.launches, names),
    archived_launches: launchNames(document.archived_launches, names).sort(),
    spec: typed(document.spec, names),
  };
}

/**
 * Python writes Fireworks that are held back again, and their moments as texts, when an action comes by that changes nothing in them
 * (docs/differences.md).
 */
const isLeftAlone = ({ state }: Document) => state === 'DEFUSED' || state === 'PAUSED';

function workflowPicture(document: Document, names: Names): Document {
  const nameOf = (id: unknown) => names.fireworks.get(Number(id)) ?? `unknown ${id}`;
  const lists = (map: Document) =>
    sorted(
      Object.entries(map ?? {}).map(([id, ids]) => [nameOf(id), ids.map(nameOf).sort(), kindOf(ids[0])]),
    );
  return {
    ...membersOf(document),
    nodes: document.nodes.map(nameOf).sort(),
    links: lists(document.links),
    parent_links: lists(document.parent_links),
    fw_states: sorted(Object.entries(document.fw_states).map(([id, state]) => [nameOf(id), state])),
    created_on: kindOf(document.created_on),
    updated_on: kindOf(document.updated_on),
    metadata: typed(document.metadata, names),
  };
}

/**
 * Our claims leave a RESERVED entry, and so the time that it took, where Python's worker reserves and starts in one step.
 * What a queue job was reserved for has an id of the batch system. A Launch that was given back may say why.
 */
function launchPicture(document: Document, names: Names): Document {
  const { reservedtime_secs, host: _, ip: __, ...members } = membersOf(document);
  const history: Document[] = document.state_history;
  const isStep = (entry: Document, place: number) =>
    entry.state === 'RESERVED' &&
    entry.reservation_id === undefined &&
    history[place + 1]?.state === 'RUNNING';
  const isReserved = history.some((entry, place) => entry.state === 'RESERVED' && !isStep(entry, place));
  return {
    ...members,
    launch_id: launchName(document.launch_id, names),
    fw_id: names.fireworks.get(Number(document.fw_id)),
    fworker: typed(document.fworker, names),
    action: document.state === 'READY' ? 'perhaps a reason' : typed(document.action, names),
    trackers: typed(document.trackers, names),
    state_history: history
      .filter((entry, place) => !isStep(entry, place))
      .map((entry) => entryPicture(entry, names)),
    ...(isReserved && { reservedtime_secs: kindOf(reservedtime_secs) }),
    ...Object.fromEntries(
      ['time_start', 'time_end', 'runtime_secs'].map((name) => [name, kindOf(document[name])]),
    ),
  };
}

function entryPicture(entry: Document, names: Names): Document {
  return {
    ...entry,
    created_on: kindOf(entry.created_on),
    updated_on: kindOf(entry.updated_on),
    checkpoint: typed(entry.checkpoint, names),
  };
}

/** Members that are compared as they are; `_id` is not. */
function membersOf({ _id, ...members }: Document): Document {
  return members;
}

function launchNames(ids: unknown[], names: Names): string[] {
  return ids.map((id) => launchName(id, names));
}

function launchName(id: unknown, names: Names): string {
  return names.launches.get(Number(id)) ?? `unknown ${id}`;
}

/** A moment that was given in a file stays as it is. */
function momentPicture(value: unknown): string {
  return String(value).startsWith(momentOfFiles) ? String(value) : kindOf(value);
}

/** The kind of a value of BSON. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return 'Date';
  if (typeof value === 'object' && value !== undefined && '_bsontype' in value)
    return String(value._bsontype);
  return Array.isArray(value) ? 'list' : typeof value;
}

/** User data with its types and the order of its keys; ids of Fireworks and times inside it are no part of that. */
function typed(value: unknown, names: Names): unknown {
  if (Array.isArray(value)) return value.map((item) => typed(item, names));
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return 'Date';
  if ('_bsontype' in value) return `${kindOf(value)} ${value}`;
  const members = Object.entries(value).filter(
    ([key, item]) => !momentKeys.has(key) || String(item).startsWith(momentOfFiles),
  );
  const pairs = members.map(([key, item]) => [key, (special[key] ?? typed)(item, names)]);
  // Links of a Workflow inside an action: their order means nothing.
  return pairs.every(([key]) => /^-\d+$/.test(String(key))) ? sorted(pairs) : pairs;
}

/** What holds ids, hosts and times of a database. */
const special: Record<string, (value: Document[], names: Names) => unknown> = {
  _fizzled_parents: parentsPicture,
  _launch_id: (id, names) => launchName(id, names),
  // Of `append_wfs`.
  parents: (ids, names) => ids.map((id) => names.fireworks.get(Number(id))),
};

/** Documents of Fireworks with their Launches. */
function parentsPicture(parents: Document[], names: Names): unknown {
  // Their order is that of the ids, which Python draws in another order for what an action adds.
  const pictures = parents.map((parent) => ({
    ...parent,
    fw_id: names.fireworks.get(Number(parent.fw_id)),
    created_on: momentPicture(parent.created_on),
    updated_on: kindOf(parent.updated_on),
    spec: typed(parent.spec, names),
    launches: parent.launches?.map((launch: Document) => launchPicture(launch, names)),
    archived_launches: sorted(
      (parent.archived_launches ?? []).map((launch: Document) => launchPicture(launch, names)),
    ),
  }));
  return sorted(pictures);
}

/** Python gives moments to the Fireworks of an action that have none when it reads them. */
const momentKeys: ReadonlySet<string> = new Set(['created_on', 'updated_on']);

export function sorted<Item>(items: Item[]): Item[] {
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}
