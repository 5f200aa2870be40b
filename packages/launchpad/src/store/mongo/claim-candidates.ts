import type { ClaimOrder } from '@skyrocket/contract/running';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import { trackersOfNewLaunch } from '@skyrocket/model/launch-document';
import type { TrackerRecord } from '@skyrocket/model/records';
import { declaredResources, fitsInto } from '@skyrocket/model/resources';
import { fromPlain, type UserMap } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import type { Document, Filter, ObjectId } from 'mongodb';
import type { StoreClaim } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';
import type { Homes } from './homes.ts';
import { userFilter } from './raw-documents.ts';
import { sizeOfNodes } from './workflow-structure.ts';

/** A Firework that was READY when it was looked at. */
export interface Candidate {
  _id: ObjectId;
  fwId: FwId;
  trackers: TrackerRecord[];
  /** The highest id of a Launch that it has, or had; null: it has none, or was not asked for it. */
  lastLaunch: LaunchId | null;
}

/** What a worker may claim, as a filter over READY Fireworks. */
export function claimFilter({
  fworker,
  withoutTasks,
  withoutFireworks = [],
}: Pick<StoreClaim, 'fworker' | 'withoutTasks' | 'withoutFireworks'>): Filter<Document> {
  return {
    state: 'READY',
    ...userFilter(workerFilter(fworker)),
    ...(withoutTasks.length > 0 && { 'spec._tasks._fw_name': { $nin: withoutTasks } }),
    ...(withoutFireworks.length > 0 && { fw_id: { $nin: withoutFireworks } }),
  };
}

/** Among equals the oldest comes first: an index gives that order, and ids are drawn in it. */
const sorts: Readonly<Record<ClaimOrder, Record<string, 1 | -1>>> = {
  any: { 'spec._priority': -1, created_on: 1 },
  FIFO: { 'spec._priority': -1, created_on: 1 },
  FILO: { 'spec._priority': -1, created_on: -1 },
};

/** The first that a worker may claim. `exhausted`: there are no more than these. */
export async function findCandidates(
  connection: MongoConnection,
  request: StoreClaim,
): Promise<{ candidates: Candidate[]; exhausted: boolean }> {
  const { count, order, resources } = request;
  const found = resources
    ? await findFitting(connection, request, resources)
    : await findFirst(connection, request);
  return { candidates: inOrder(found, order).slice(0, count), exhausted: found.length <= count };
}

const looks = { fw_id: 1, created_on: 1, priority: '$spec._priority', 'spec._trackers': 1 } as const;

const lastLaunch = { $max: [{ $max: '$launches' }, { $max: '$archived_launches' }] } as const;

/**
 * A single one is found together with its Workflow, so that it need not be asked for when the Firework is started, and with
 * the proof that spare ids of Launches may be used.
 */
async function findFirst(connection: MongoConnection, request: StoreClaim): Promise<Document[]> {
  const { fireworks, spareIds } = connection;
  const sort = sorts[request.order];
  const limit = request.count + 1;
  const proof = spareIds.proofStages();
  if (request.count > 1 && proof.length === 0) {
    return fireworks.find(claimFilter(request), { projection: looks }).sort(sort).limit(limit).toArray();
  }
  const found = await fireworks
    .aggregate([
      { $match: claimFilter(request) },
      { $sort: sort },
      { $limit: limit },
      { $project: request.count === 1 ? { ...looks, lastLaunch } : looks },
      ...(request.count === 1 ? [withHome] : []),
      ...proof,
    ])
    .toArray();
  spareIds.judge(found[0]);
  for (const document of found) rememberHome(connection.homes, document);
  return found;
}

const withHome: Document = {
  $lookup: {
    ...{ from: 'workflows', localField: 'fw_id', foreignField: 'nodes', as: 'homes' },
    pipeline: [{ $project: { size: sizeOfNodes } }],
  },
};

function rememberHome(homes: Homes, { fw_id, homes: found }: Document): void {
  for (const { _id, size } of Array.isArray(found) ? found : []) {
    homes.rememberWorkflow(fwId(integerOf(fw_id)), String(_id));
    homes.rememberSize(String(_id), integerOf(size));
  }
}

/** Those that do not fit are passed over here, since what they declare may be written in many ways. */
async function findFitting(
  { fireworks }: MongoConnection,
  request: StoreClaim,
  resources: NonNullable<StoreClaim['resources']>,
): Promise<Document[]> {
  const found: Document[] = [];
  const projection = { ...looks, ...declarations };
  for await (const document of fireworks
    .find(claimFilter(request), { projection })
    .sort(sorts[request.order])) {
    if (!fitsInto(declaredResources(declarationsOf(document), resources.dialect), resources)) continue;
    found.push(document);
    if (found.length > request.count) break;
  }
  return found;
}

/** What says how much a Firework needs. */
const declarations = { 'spec._resources': 1, 'spec._queueadapter': 1 };

function declarationsOf({ spec }: Document): UserMap {
  const declared: UserMap = new Map();
  for (const key of ['_resources', '_queueadapter'] as const) {
    const members: unknown = spec?.[key];
    if (typeof members !== 'object' || members === null) continue;
    const plain = Object.entries(members).filter(isPlainMember);
    declared.set(key, new Map(plain));
  }
  return declared;
}

const isPlainMember = (member: [string, unknown]): member is [string, string | number] =>
  typeof member[1] === 'string' || typeof member[1] === 'number';

/** The index leaves the order of those that agree in priority and age to chance. */
function inOrder(found: Document[], order: ClaimOrder): Candidate[] {
  const groups: Document[][] = [];
  let last: string | null = null;
  for (const document of found) {
    const group = JSON.stringify([document.priority ?? null, document.created_on]);
    if (group !== last) groups.push([]);
    groups.at(-1)?.push(document);
    last = group;
  }
  const direction = order === 'FILO' ? -1 : 1;
  return groups.flatMap((group) =>
    group
      .map((document) => ({
        _id: document._id,
        fwId: fwId(integerOf(document.fw_id)),
        lastLaunch: document.lastLaunch == null ? null : launchId(integerOf(document.lastLaunch)),
        trackers: trackersOfNewLaunch(new Map([['_trackers', fromPlain(document.spec?._trackers ?? [])]])),
      }))
      .sort((a, b) => direction * (a.fwId - b.fwId)),
  );
}
