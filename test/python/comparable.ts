import { stringifyJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/**
 * What two runs of one Workflow have in common, as text: ids are numbered by what the Fireworks are, and what differs
 * from run to run (times, folders, random ids that are not in the workflow file) is replaced by a word.
 */
export interface Comparable {
  workflow(dump: UserValue): string;
  /** Documents of any kind, in an order of their own. */
  documents(documents: UserValue[]): string;
}

export function comparable({ folder, given }: { folder: string; given: string }): Comparable {
  const text = (value: string) =>
    value
      .replaceAll(folder, '<folder>')
      .replace(/launcher_[\d-]+/g, '<launcher>')
      .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (id) => (given.includes(id) ? id : '<uuid>'))
      .replace(/\b[0-9a-f]{24}\b/g, '<object id>')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>');
  return {
    workflow: (dump) => stringifyJson(workflowDocument(dump, text), 1),
    documents: (documents) =>
      documents
        .map((document) => stringifyJson(sorted(plain(document, text)), 1))
        .sort(compare)
        .join('\n'),
  };
}

type Text = (value: string) => string;

/** Keys with a value that no two runs share. */
const byChance = new Set(['runtime_secs', 'reservedtime_secs', 'elapsed_time', '_id', 'fw_id', 'launch_id']);

function plain(value: UserValue, text: Text): UserValue {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => plain(item, text));
  if (!isUserMap(value)) return value;
  if (value.has('additions') && value.has('stored_data')) return actionDocument(value, text);
  const kept = [...value].filter(([key]) => !byChance.has(key));
  return new Map(kept.map(([key, item]) => [text(key), plain(item, text)]));
}

/** Keys of mappings in one order: Python's sets and MongoDB's documents do not promise any. */
function sorted(value: UserValue): UserValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isUserMap(value)) return value;
  const entries = [...value].map(([key, item]): [string, UserValue] => [key, sorted(item)]);
  return new Map(entries.sort(([a], [b]) => compare(a, b)));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** FireWorks stores new Fireworks as such, we as Workflows of one: both are read as Workflows. */
function actionDocument(action: UserMap, text: Text): UserMap {
  return new Map(
    [...action].map(([key, value]): [string, UserValue] => {
      if (key !== 'additions' && key !== 'detours') return [key, plain(value, text)];
      const added = Array.isArray(value) ? value : [value];
      return [key, added.map((workflow) => workflowDocument(workflow, text))];
    }),
  );
}

function workflowDocument(dump: UserValue, text: Text): UserMap {
  if (!isUserMap(dump)) throw new TypeError('a Workflow is a mapping');
  const listed = dump.get('fws');
  const fws = (Array.isArray(listed) ? listed : [dump]).filter(isUserMap);
  const links = linksOf(dump.get('links') ?? null);
  const texts = new Map(
    fws.map((firework) => [String(firework.get('fw_id')), fireworkDocument(firework, text)]),
  );
  const order = ordered(texts, links);
  const position = (id: string) => order.indexOf(id) + 1;
  const numbered = order.map((id): [string, UserValue] => [
    String(position(id)),
    (links.get(id) ?? []).map(position).sort((a, b) => a - b),
  ]);
  return new Map<string, UserValue>([
    ['name', dump.get('name') ?? null],
    ['metadata', sorted(plain(dump.get('metadata') ?? new Map(), text))],
    ['fws', order.map((id) => texts.get(id) ?? null)],
    ['links', new Map(numbered)],
  ]);
}

function linksOf(links: UserValue): Map<string, string[]> {
  if (!isUserMap(links)) return new Map();
  return new Map(
    [...links].map(([parent, children]) => [
      parent,
      (Array.isArray(children) ? children : [children]).map(String),
    ]),
  );
}

function fireworkDocument(firework: UserMap, text: Text): UserMap {
  const launches = firework.get('launches');
  const ran = (Array.isArray(launches) ? launches : []).filter(isUserMap);
  return new Map<string, UserValue>([
    ['name', firework.get('name') ?? null],
    ['state', firework.get('state') ?? 'WAITING'],
    ['spec', sorted(plain(firework.get('spec') ?? null, text))],
    [
      'launches',
      ran.map(
        (launch) =>
          new Map<string, UserValue>([
            ['state', launch.get('state') ?? null],
            ['launch_dir', plain(launch.get('launch_dir') ?? null, text)],
            ['action', sorted(plain(launch.get('action') ?? null, text))],
          ]),
      ),
    ],
  ]);
}

/** Fireworks by what they are, and those that look the same by what they are linked to. */
function ordered(texts: Map<string, UserMap>, links: Map<string, string[]>): string[] {
  let labels = new Map([...texts].map(([id, document]) => [id, stringifyJson(document)]));
  for (let round = 0; round < texts.size; round++) {
    const ranks = [...new Set([...labels.values()].sort(compare))];
    const rank = (id: string) => String(ranks.indexOf(labels.get(id) ?? '')).padStart(4, '0');
    labels = new Map(
      [...texts.keys()].map((id) => [id, [rank(id), ...neighbours(id, links).map(rank).sort()].join(' ')]),
    );
  }
  return [...texts.keys()].sort((a, b) => compare(labels.get(a) ?? '', labels.get(b) ?? ''));
}

function neighbours(id: string, links: Map<string, string[]>): string[] {
  const parents = [...links].filter(([, children]) => children.includes(id)).map(([parent]) => parent);
  return [...(links.get(id) ?? []), ...parents];
}
