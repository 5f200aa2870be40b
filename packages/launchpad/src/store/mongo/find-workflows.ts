import type { FindWorkflows, FoundWorkflow, FoundWorkflows } from '@skyrocket/contract/questions';
import { type FwId, fwId, type LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { Document, Filter } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { integerOf, launchIdsOf, workflowFromDocument } from './documents.ts';
import { findLaunches } from './find-launches.ts';
import { asksNothing, findSorted } from './find-sorted.ts';
import { findRaw, userFilter, userQuery } from './raw-documents.ts';

export async function findWorkflows(
  connection: MongoConnection,
  request: FindWorkflows,
): Promise<FoundWorkflows> {
  const filter = workflowFilter(request);
  const limit = request.limit ?? 0;
  if (request.fields === 'count') {
    const count = await connection.workflows.countDocuments(filter, {
      ...userQuery,
      ...(limit > 0 && { limit }),
    });
    return { count, workflows: [] };
  }
  const projection =
    request.fields === 'ids' ? { _id: 0, nodes: 1, created_on: 1, updated_on: 1 } : { _id: 0 };
  const documents = request.sort
    ? await findSorted(connection.workflows, filter, { sort: request.sort, limit, projection })
    : await findRaw(connection.workflows, filter, { ...userQuery, projection, sort: { _id: 1 }, limit });
  const workflows = documents
    .map(workflowFromDocument)
    .map((workflow) => ({ ...workflow, launches: new Map() }));
  if (request.fields !== 'ids') await complete(connection, workflows, request.fields);
  return { count: workflows.length, workflows };
}

function workflowFilter({ fwIds, filter }: FindWorkflows): Filter<Document> {
  const conditions: Filter<Document>[] = [];
  if (fwIds) conditions.push({ nodes: { $in: fwIds } });
  if (filter && !asksNothing(filter)) conditions.push(userFilter(filter));
  const [first, ...others] = conditions;
  if (!first) return {};
  return others.length === 0 ? first : { $and: conditions };
}

/** Names stand in the Fireworks; so do the Launches that each holds. */
async function complete(
  connection: MongoConnection,
  workflows: FoundWorkflow[],
  fields: FindWorkflows['fields'],
): Promise<void> {
  const homes = new Map<FwId, FoundWorkflow>();
  for (const workflow of workflows) for (const id of workflow.nodes) homes.set(id, workflow);
  const held = new Map<FwId, LaunchId[]>();
  const members = connection.fireworks.find(
    { fw_id: { $in: [...homes.keys()] } },
    { projection: { _id: 0, fw_id: 1, name: 1, launches: 1, state: 1 } },
  );
  for await (const member of members) {
    const id = fwId(integerOf(member.fw_id));
    homes.get(id)?.names.set(id, String(member.name));
    held.set(id, launchIdsOf(member.launches));
  }
  for (const workflow of workflows) workflow.names = inOrderOf(workflow.nodes, workflow.names);
  if (fields !== 'launches') return;
  const ids = [...new Set([...held.values()].flat())];
  const records = new Map<LaunchId, Omit<LaunchRecord, 'action'>>();
  for (const { action: _, ...launch } of await findLaunches(connection, ids, 'without-actions')) {
    records.set(launch.launchId, launch);
  }
  for (const [id, launches] of held) {
    homes.get(id)?.launches.set(
      id,
      launches.flatMap((launch) => records.get(launch) ?? []),
    );
  }
}

function inOrderOf(nodes: readonly FwId[], names: ReadonlyMap<FwId, string>): Map<FwId, string> {
  return new Map(
    nodes.flatMap((id): [FwId, string][] => {
      const name = names.get(id);
      return name === undefined ? [] : [[id, name]];
    }),
  );
}
