import type { FindFireworks, FoundFirework, FoundFireworks } from '@skyrocket/contract/questions';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Document, Filter, Sort } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { fireworkFromDocument, integerOf } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { asksNothing, findSorted } from './find-sorted.ts';
import { findRaw, userFilter, userQuery } from './raw-documents.ts';

export async function findFireworks(
  connection: MongoConnection,
  request: FindFireworks,
): Promise<FoundFireworks> {
  const filter = await fireworkFilter(connection, request);
  const limit = request.limit ?? 0;
  if (request.fields === 'count') {
    const count = await connection.fireworks.countDocuments(filter, {
      ...userQuery,
      ...(limit > 0 && { limit }),
    });
    return { count, fireworks: [] };
  }
  const projection = projections[request.fields];
  const documents = request.sort
    ? await findSorted(connection.fireworks, filter, { sort: request.sort, limit, projection })
    : await findRaw(connection.fireworks, filter, { ...userQuery, projection, sort: asStored(limit), limit });
  const found = documents.map(fireworkFromDocument);
  if (!request.sort) found.sort((a, b) => a.fwId - b.fwId);
  const fireworks = await complete(connection, found, request.fields);
  return { count: fireworks.length, fireworks };
}

const projections: Readonly<Record<Exclude<FindFireworks['fields'], 'count'>, Document>> = {
  ids: { _id: 0, spec: 0 },
  summary: { _id: 0, spec: 0 },
  launches: { _id: 0, spec: 0 },
  all: { _id: 0 },
};

/**
 * A list that is cut off has the Fireworks that were stored first, which are those with the smallest ids but for imports: the
 * index by state has that order, so that only so many are read.
 */
const asStored = (limit: number): Sort => (limit > 0 ? { _id: 1 } : { fw_id: 1 });

async function fireworkFilter(
  connection: MongoConnection,
  request: FindFireworks,
): Promise<Filter<Document>> {
  const conditions: Filter<Document>[] = [];
  if (request.fwIds) conditions.push({ fw_id: { $in: request.fwIds } });
  if (request.filter && !asksNothing(request.filter)) conditions.push(userFilter(request.filter));
  if (request.launchFilter) conditions.push(await holding(connection, userFilter(request.launchFilter)));
  if (request.reservationId !== undefined) {
    conditions.push(await holding(connection, { 'state_history.reservation_id': request.reservationId }));
  }
  if (request.workflowFilter) conditions.push(await inWorkflows(connection, request.workflowFilter));
  const [first, ...others] = conditions;
  // Every Firework has a state, and that index is small: a count of all reads it instead of the documents.
  if (!first) return { state: { $gte: '' } };
  return others.length === 0 ? first : { $and: conditions };
}

/** Fireworks that hold one of these Launches as active. */
async function holding({ launches }: MongoConnection, filter: Filter<Document>): Promise<Filter<Document>> {
  const found = await launches.find(filter, { ...userQuery, projection: { _id: 0, launch_id: 1 } }).toArray();
  return { launches: { $in: found.map((launch) => integerOf(launch.launch_id)) } };
}

async function inWorkflows({ workflows }: MongoConnection, filter: UserMap): Promise<Filter<Document>> {
  const found = await workflows
    .find(userFilter(filter), { ...userQuery, projection: { _id: 0, nodes: 1 } })
    .toArray();
  return { fw_id: { $in: found.flatMap((workflow) => workflow.nodes ?? []) } };
}

async function complete(
  connection: MongoConnection,
  fireworks: FireworkRecord[],
  fields: FindFireworks['fields'],
): Promise<FoundFirework[]> {
  const withLaunches = fields === 'launches' || fields === 'all';
  const active = withLaunches ? fireworks.flatMap((one) => one.launches) : [];
  const archived = fields === 'all' ? fireworks.flatMap((one) => one.archivedLaunches) : [];
  const launches = new Map<LaunchId, LaunchRecord>();
  for (const launch of await findLaunches(connection, [...new Set([...active, ...archived])])) {
    launches.set(launch.launchId, launch);
  }
  return fireworks.map((firework) => ({
    ...firework,
    launchRecords: withLaunches ? firework.launches.flatMap((id) => launches.get(id) ?? []) : [],
    archivedRecords:
      fields === 'all' ? firework.archivedLaunches.flatMap((id) => launches.get(id) ?? []) : [],
  }));
}

/** Other Fireworks that hold Launches and whose spec equals that of this one, with the same order of keys; oldest first. */
export async function findDuplicates(connection: MongoConnection, id: FwId): Promise<FwId[]> {
  const [document] = await findRaw(connection.fireworks, { fw_id: id }, { projection: { _id: 0, spec: 1 } });
  if (!document) return [];
  const same = {
    $and: [
      userFilter(new Map([['spec', document.get('spec') ?? null]])),
      { fw_id: { $ne: id } },
      { launches: { $gte: 0 } },
    ],
  };
  const found = await connection.fireworks.find(same, { projection: { _id: 0, fw_id: 1 } }).toArray();
  return found.map((firework) => fwId(integerOf(firework.fw_id))).sort((a, b) => a - b);
}
