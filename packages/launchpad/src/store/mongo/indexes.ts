import type { Collection, Db, IndexDescription } from 'mongodb';
import { isServerError } from './mongo-errors.ts';

/** Further indexes that the site asked for in my_launchpad.yaml. */
export interface UserIndexes {
  fireworks: string[];
  workflows: string[];
}

/** The indexes of format §2.7, and those of our own collections. */
export function indexes(user: UserIndexes): ReadonlyMap<string, IndexDescription[]> {
  return new Map<string, IndexDescription[]>([
    [
      'fireworks',
      [
        { key: { fw_id: 1 }, unique: true, background: true },
        ...['state', 'spec._category', 'created_on', 'updated_on', 'name', 'launches'].map(by),
        { key: { state: -1, _id: -1 }, background: true },
        { key: { state: -1, 'spec._priority': -1, created_on: -1 }, background: true },
        { key: { state: -1, 'spec._priority': -1, created_on: 1 }, background: true },
        ...user.fireworks.map(by),
        byStateAnd('updated_on'),
      ],
    ],
    [
      'launches',
      [
        { key: { launch_id: 1 }, unique: true, background: true },
        ...['fw_id', 'state_history.reservation_id', 'state', 'time_start', 'time_end', 'host', 'ip'].map(by),
        by('fworker.name'),
        endedLaunches,
      ],
    ],
    [
      'workflows',
      [
        ...['name', 'created_on', 'updated_on', 'nodes'].map(by),
        { key: { state: -1, _id: -1 }, background: true },
        ...user.workflows.map(by),
        byStateAnd('updated_on'),
      ],
    ],
    ['offline_runs', offlineRuns],
    ['skyrocket_starts', [liveStarts, { key: { key: 1 }, unique: true, sparse: true }]],
    ['skyrocket_answers', [{ key: { on: 1 } }]],
    ['skyrocket_tokens', [{ key: { hash: 1 } }]],
    ['skyrocket_import_failures', [{ key: { fw_id: 1 } }]],
  ]);
}

const by = (field: string): IndexDescription => ({ key: { [field]: 1 }, background: true });

/** Ours: counts and lists entries of a state by their time without reading others. */
const byStateAnd = (moment: string): IndexDescription => ({ key: { state: 1, [moment]: 1 } });

/** As {@link byStateAnd}; a Launch enters it once, when it ends. */
const endedLaunches: IndexDescription = {
  ...byStateAnd('time_end'),
  partialFilterExpression: { time_end: { $gt: '' } },
};

/** Ours: FireWorks keeps all offline runs that ever were, without an index, and looks for the open ones. */
const offlineRuns: IndexDescription[] = [
  by('launch_id'),
  { key: { completed: 1, deprecated: 1, launch_id: 1 }, background: true },
];

/** The Launches that agents hold; those of the past are kept without being in the index. */
const liveStarts: IndexDescription = {
  name: 'live',
  key: { agent: 1 },
  partialFilterExpression: { live: true },
};

/** Changes when an index is added or dropped, so that a database is looked through once and not at every start of a program. */
const indexVersion = 4;

/** Makes the indexes that are missing. */
export async function ensureIndexes(db: Db, settings: { userIndexes: UserIndexes }): Promise<void> {
  for (const [collection, descriptions] of indexes(settings.userIndexes)) {
    await makeIndexes(db.collection(collection), descriptions);
  }
}

/** All at once, for which the server reads the collection once; unless the site has made one under another name itself. */
async function makeIndexes(collection: Collection, descriptions: IndexDescription[]): Promise<void> {
  try {
    await collection.createIndexes(descriptions);
  } catch (error) {
    if (!isServerError(error, sameUnderAnotherName)) throw error;
    if (descriptions.length === 1) return;
    for (const description of descriptions) await makeIndexes(collection, [description]);
  }
}

const sameUnderAnotherName = 85;

/** One of ours that earlier versions made; see `lock-sweep.ts`. */
async function dropIndex(collection: Collection, name: string): Promise<void> {
  const { indexNotFound, namespaceNotFound } = serverErrors;
  try {
    await collection.dropIndex(name);
  } catch (error) {
    if (!isServerError(error, indexNotFound) && !isServerError(error, namespaceNotFound)) throw error;
  }
}

const serverErrors = { namespaceNotFound: 26, indexNotFound: 27 } as const;

/** As {@link ensureIndexes}, unless a program with these settings has done it before. */
export async function ensureIndexesOnce(db: Db, settings: { userIndexes: UserIndexes }): Promise<void> {
  const meta = db.collection<{ _id: string; wanted: string }>('skyrocket_meta');
  const wanted = JSON.stringify([indexVersion, settings.userIndexes]);
  if ((await meta.findOne({ _id: 'indexes' }))?.wanted === wanted) return;
  await dropIndex(db.collection('workflows'), 'skyrocket_locked');
  await ensureIndexes(db, settings);
  await meta.updateOne({ _id: 'indexes' }, { $set: { wanted } }, { upsert: true });
}
