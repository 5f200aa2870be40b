import type { Inspection } from '@skyrocket/contract/maintenance';
import type { MongoConnection } from './connection.ts';
import { integerOf, stateOf } from './documents.ts';
import { indexes } from './indexes.ts';

type Finding = Inspection['findings'][number];

/** Looks at the whole database, which takes some seconds for a million Fireworks. */
export async function inspect(connection: MongoConnection): Promise<Inspection> {
  const { db, fireworks, workflows, launches } = connection;
  const build = await db.command({ buildInfo: 1 });
  const hello = await db.command({ hello: 1 });
  const counts = await Promise.all(
    [fireworks, workflows, launches].map((one) => one.estimatedDocumentCount()),
  );
  return {
    facts: [
      { name: 'mongodb', value: String(build.version) },
      {
        name: 'topology',
        value: hello.setName === undefined ? 'standalone' : `replica set ${hello.setName}`,
      },
      { name: 'entries', value: `${counts[0]} Fireworks, ${counts[1]} Workflows, ${counts[2]} Launches` },
    ],
    findings: [
      ...versionFindings(String(build.version)),
      ...(await indexFindings(connection)),
      ...(await counterFindings(connection)),
      ...(await lockFindings(connection)),
      ...(await copyFindings(connection)),
    ],
  };
}

/** What the driver and our updates need. */
const oldestVersion = 5;

function versionFindings(version: string): Finding[] {
  if (Number.parseInt(version, 10) >= oldestVersion) return [];
  return [
    {
      problem: `MongoDB ${version} is older than ${oldestVersion}.0`,
      remedy: 'update the server',
    },
  ];
}

async function indexFindings({ db, settings }: MongoConnection): Promise<Finding[]> {
  const missing: string[] = [];
  for (const [collection, descriptions] of indexes(settings.userIndexes)) {
    const present = await db
      .collection(collection)
      .listIndexes()
      .toArray()
      .catch(() => []);
    const keys = new Set(present.map((index) => JSON.stringify(index.key)));
    for (const { key } of descriptions) {
      if (!keys.has(JSON.stringify(key))) missing.push(`${collection} (${Object.keys(key).join(', ')})`);
    }
  }
  if (missing.length === 0) return [];
  return [{ problem: `indexes are missing: ${missing.join('; ')}`, remedy: 'run lpad admin tuneup' }];
}

/** A counter that lags would give ids a second time. */
async function counterFindings({ idAssigner, fireworks, launches }: MongoConnection): Promise<Finding[]> {
  const counters = await idAssigner.findOne({});
  const [firework, launch] = [
    await fireworks.findOne({}, { sort: { fw_id: -1 }, projection: { fw_id: 1 } }),
    await launches.findOne({}, { sort: { launch_id: -1 }, projection: { launch_id: 1 } }),
  ];
  const lagging = [
    { counter: 'next_fw_id', next: counters?.next_fw_id, largest: integerOf(firework?.fw_id ?? 0) },
    { counter: 'next_launch_id', next: counters?.next_launch_id, largest: integerOf(launch?.launch_id ?? 0) },
  ].filter(({ next, largest }) => integerOf(next) <= largest);
  return lagging.map(({ counter, largest }) => ({
    problem: `${counter} in fw_id_assigner is not above ${largest}, an id that is in use`,
    remedy: `stop all workers and set it to ${largest + 1}`,
  }));
}

async function lockFindings({ workflows }: MongoConnection): Promise<Finding[]> {
  const locked = await workflows
    .find({ locked: { $exists: true } }, { projection: { nodes: { $slice: 1 } } })
    .limit(mostNamed + 1)
    .toArray();
  if (locked.length === 0) return [];
  return [
    {
      problem: `Workflows are locked now: those of the Fireworks ${named(locked.map(({ nodes }) => integerOf(nodes?.[0])))}`,
      remedy: 'look again in a minute; if no program works on them, run lpad admin unlock -i with these ids',
    },
  ];
}

/** Between these a copy may lag behind its Firework as long as it runs (format §2.2). */
const claimed: ReadonlySet<string> = new Set(['READY', 'RESERVED', 'RUNNING']);

async function copyFindings({ fireworks, workflows }: MongoConnection): Promise<Finding[]> {
  const [missing, differing]: [number[], number[]] = [[], []];
  const copies = new Map<number, string>();
  const stored = workflows.find({}, { projection: { _id: 0, nodes: 1, fw_states: 1 } });
  for await (const { nodes, fw_states: states } of stored) {
    for (const node of Array.isArray(nodes) ? nodes : []) {
      copies.set(integerOf(node), stateOf(states?.[String(node)]));
    }
  }
  for await (const firework of fireworks.find({}, { projection: { _id: 0, fw_id: 1, state: 1 } })) {
    const [id, state] = [integerOf(firework.fw_id), stateOf(firework.state)];
    const copy = copies.get(id);
    copies.delete(id);
    if (copy === undefined || copy === state || (claimed.has(copy) && claimed.has(state))) continue;
    differing.push(id);
  }
  missing.push(...copies.keys());
  return [
    ...findingOf(
      missing,
      'are named by Workflows but are not there',
      'delete these Workflows with lpad delete_wflows, or restore the Fireworks',
    ),
    ...findingOf(
      differing,
      'have another state than their Workflows say',
      'run lpad admin refresh with these ids',
    ),
  ];
}

const mostNamed = 10;

function findingOf(ids: number[], what: string, remedy: string): Finding[] {
  return ids.length === 0 ? [] : [{ problem: `the Fireworks ${named(ids)} ${what}`, remedy }];
}

function named(ids: number[]): string {
  const more = ids.length > mostNamed ? ` and ${ids.length - mostNamed} more` : '';
  return `${ids.slice(0, mostNamed).join(', ')}${more}`;
}
