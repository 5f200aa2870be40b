import {
  DocumentFault,
  type DocumentPath,
  kindOf,
  memberInteger,
  memberList,
  memberText,
  readMembers,
  wholeNumber,
} from './document-fault.ts';
import { type FwId, fwId } from './ids.ts';
import type { NewFirework, NewWorkflow } from './records.ts';
import { readState } from './states.ts';
import { readTimestamp, type Timestamp } from './timestamp.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * Workflows and Fireworks as files and actions hold them: format §1.2 and §1.3.
 */

/** What a reader of documents is told beside the result. */
export interface DocumentNotes {
  warn(path: DocumentPath, sentence: string): void;
}

const noNotes: DocumentNotes = { warn() {} };

/**
 * A mapping with `fws` is a Workflow; any other is one Firework, which becomes a Workflow of one that has its name.
 * @throws DocumentFault BAD_WORKFLOW
 */
export function newWorkflowFromDocument(value: UserValue, notes: DocumentNotes = noNotes): NewWorkflow {
  const reader = readMembers(value, [], 'BAD_WORKFLOW');
  return reader.map.has('fws')
    ? workflowFromMap(reader.map, notes)
    : workflowOfOne(newFireworkFromDocument(reader.map));
}

function workflowOfOne(firework: NewFirework): NewWorkflow {
  const { name, createdOn, updatedOn } = firework;
  return {
    name,
    metadata: new Map(),
    fireworks: [firework],
    links: new Map([[firework.fwId, []]]),
    ...(createdOn && { createdOn }),
    ...(updatedOn && { updatedOn }),
  };
}

function workflowFromMap(map: UserMap, notes: DocumentNotes): NewWorkflow {
  const reader = readMembers(map, [], 'BAD_WORKFLOW');
  const listed = map.get('fws');
  if (!Array.isArray(listed) || listed.length === 0) {
    throw new DocumentFault(
      'BAD_WORKFLOW',
      ['fws'],
      `a list of at least one Firework is expected here, not ${Array.isArray(listed) ? 'an empty one' : kindOf(listed)}`,
    );
  }
  requireMember(map, 'links');
  requireMember(map, 'metadata');
  const fireworks = listed.map((item, i) => newFireworkFromDocument(item, ['fws', i]));
  const metadata = map.get('metadata') ?? null;
  return {
    name: memberText(reader, 'name', 'unnamed WF'),
    metadata: metadata === null ? new Map() : readMembers(metadata, ['metadata'], 'BAD_WORKFLOW').map,
    fireworks,
    links: readLinks(map.get('links') ?? null, fireworks, notes),
    ...readMoments(map),
  };
}

function requireMember(map: UserMap, key: string): void {
  if (!map.has(key))
    throw new DocumentFault('BAD_WORKFLOW', [], `a Workflow needs the key "${key}" (it may be empty: {})`);
}

/** Keys are ids or texts of ids; a key that is neither is dropped with its children, as FireWorks does, and told. */
function readLinks(value: UserValue, fireworks: NewFirework[], notes: DocumentNotes): Map<FwId, FwId[]> {
  const links = new Map<FwId, FwId[]>(fireworks.map((firework) => [firework.fwId, []]));
  if (value === null) return links;
  for (const [key, children] of readMembers(value, ['links'], 'BAD_WORKFLOW').map) {
    if (!/^\s*[+-]?\d+\s*$/.test(key)) {
      notes.warn(['links', key], `the link is left out, since "${key}" is not a fw_id`);
      continue;
    }
    const parent = fwId(Number(key));
    const listed = Array.isArray(children) ? children : children === null ? [] : [children];
    const known = links.get(parent) ?? [];
    for (const child of listed) known.push(readChild(child, key));
    links.set(parent, known);
  }
  return links;
}

function readChild(child: UserValue, key: string): FwId {
  const id = wholeNumber(child);
  if (id !== null) return fwId(id);
  throw new DocumentFault(
    'BAD_WORKFLOW',
    ['links', key],
    `a child is given as its fw_id, an integer, not as ${kindOf(child)}`,
  );
}

/** @throws DocumentFault BAD_WORKFLOW */
export function newFireworkFromDocument(value: UserValue, path: DocumentPath = []): NewFirework {
  const reader = readMembers(value, path, 'BAD_WORKFLOW');
  const spec = reader.map.get('spec');
  if (!isUserMap(spec)) {
    const found =
      spec === undefined
        ? 'a Firework needs the key "spec"'
        : `a mapping is expected here, not ${kindOf(spec)}`;
    throw new DocumentFault('BAD_WORKFLOW', spec === undefined ? path : [...path, 'spec'], found);
  }
  return {
    fwId: fwId(memberInteger(reader, 'fw_id', -1)),
    name: memberText(reader, 'name', 'Unnamed FW'),
    spec: withTaskList(spec, path),
    state: readFileState(reader.map.get('state'), path),
    ...readMoments(reader.map),
    launches: memberList(reader, 'launches'),
    archivedLaunches: memberList(reader, 'archived_launches'),
  };
}

/** One task mapping stands for a list of one. */
function withTaskList(spec: UserMap, path: DocumentPath): UserMap {
  const tasks = spec.get('_tasks');
  if (isUserMap(tasks)) {
    const copy: UserMap = new Map(spec);
    return copy.set('_tasks', [tasks]);
  }
  if (Array.isArray(tasks)) return spec;
  const sentence =
    tasks === undefined
      ? 'a spec needs the key "_tasks", a list of Firetasks'
      : `a list of Firetasks is expected here, not ${kindOf(tasks)}`;
  throw new DocumentFault(
    'BAD_WORKFLOW',
    tasks === undefined ? [...path, 'spec'] : [...path, 'spec', '_tasks'],
    sentence,
  );
}

function readFileState(value: UserValue | undefined, path: DocumentPath): NewFirework['state'] {
  if (value === undefined || value === null) return 'WAITING';
  const state = typeof value === 'string' ? readState(value) : null;
  if (state === null)
    throw new DocumentFault('BAD_WORKFLOW', [...path, 'state'], 'this is none of the nine states');
  return state;
}

function readMoments(map: UserMap): { createdOn?: Timestamp; updatedOn?: Timestamp } {
  const createdOn = readMoment(map.get('created_on'));
  const updatedOn = readMoment(map.get('updated_on'));
  return { ...(createdOn && { createdOn }), ...(updatedOn && { updatedOn }) };
}

const readMoment = (value: UserValue | undefined) =>
  typeof value === 'string' ? readTimestamp(value) : null;

/** The form that FireWorks writes: a Workflow always as one, with string keys in `links`. */
export function newWorkflowToDocument(workflow: NewWorkflow): UserMap {
  const document: UserMap = new Map();
  document.set('fws', workflow.fireworks.map(newFireworkToDocument));
  const links: UserMap = new Map();
  for (const [parent, children] of workflow.links) links.set(String(parent), [...children]);
  document.set('links', links);
  document.set('name', workflow.name);
  document.set('metadata', workflow.metadata);
  if (workflow.updatedOn) document.set('updated_on', workflow.updatedOn);
  if (workflow.createdOn) document.set('created_on', workflow.createdOn);
  return document;
}

export function newFireworkToDocument(firework: NewFirework): UserMap {
  const document: UserMap = new Map<string, UserValue>([
    ['spec', firework.spec],
    ['fw_id', firework.fwId],
  ]);
  if (firework.createdOn) document.set('created_on', firework.createdOn);
  if (firework.updatedOn) document.set('updated_on', firework.updatedOn);
  if (firework.launches.length > 0) document.set('launches', firework.launches);
  if (firework.archivedLaunches.length > 0) document.set('archived_launches', firework.archivedLaunches);
  if (firework.state !== 'WAITING') document.set('state', firework.state);
  return document.set('name', firework.name);
}
