import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Document } from 'mongodb';
import type { MongoConnection } from './connection.ts';
import { integerOf } from './documents.ts';
import { idsOf, sizeOfNodes, smallWorkflow } from './workflow-structure.ts';

/** How many ids are asked for at once. */
const groupSize = 500;

/** The Workflow of each Firework (the hexadecimal `_id` of its document); those that are in none are left out. */
export async function findHomes(
  connection: MongoConnection,
  ids: readonly FwId[],
): Promise<Map<FwId, string>> {
  const { homes } = connection;
  const unknown = ids.filter((id) => homes.workflowOf(id) === undefined);
  for (let at = 0; at < unknown.length; at += groupSize) {
    await askForHomes(connection, unknown.slice(at, at + groupSize));
  }
  return new Map(
    ids.flatMap((id): [FwId, string][] => {
      const home = homes.workflowOf(id);
      return home === undefined ? [] : [[id, home]];
    }),
  );
}

async function askForHomes({ workflows, homes }: MongoConnection, ids: readonly FwId[]): Promise<void> {
  const wanted = ids.length > fewIds ? { nodes: membersAmong(ids) } : neighboursAmong(ids);
  const found = workflows.find(
    { nodes: { $in: [...ids] } },
    { projection: { size: sizeOfNodes, ...wanted } },
  );
  for await (const workflow of found) {
    const home = String(workflow._id);
    homes.rememberSize(home, integerOf(workflow.size));
    for (const id of idsOf(workflow.nodes)) homes.rememberWorkflow(id, home);
    for (const [key, children] of Object.entries(workflow.links ?? {})) {
      const id = fwId(Number(key));
      homes.rememberWorkflow(id, home);
      const parents: unknown = workflow.parent_links?.[key];
      homes.rememberNeighbours(id, { children: idsOf(children), parents: idsOf(parents) });
    }
  }
}

/** Of so few what is beside them is worth to be known: they are mostly reported one by one. */
const fewIds = 20;

/** In a projection: those of the ids that are members. All of a small Workflow, for which nothing is compared. */
const membersAmong = (ids: readonly FwId[]): Document => ({
  $cond: [{ $lte: [sizeOfNodes, smallWorkflow] }, '$nodes', { $setIntersection: ['$nodes', [...ids]] }],
});

/** Every Firework has a key in `links`; so the whole list of the nodes, which may be long, need not be looked at. */
const neighboursAmong = (ids: readonly FwId[]): Document =>
  Object.fromEntries(ids.flatMap((id) => [`links.${id}`, `parent_links.${id}`].map((path) => [path, 1])));

/** The Firework that made each Launch; Launches that are not there are left out. */
export async function findMakers(
  connection: MongoConnection,
  ids: readonly LaunchId[],
): Promise<Map<LaunchId, FwId>> {
  const { homes, launches } = connection;
  const unknown = ids.filter((id) => homes.makerOf(id) === undefined);
  if (unknown.length > 0) {
    const found = launches.find(
      { launch_id: { $in: unknown } },
      { projection: { _id: 0, launch_id: 1, fw_id: 1 } },
    );
    for await (const launch of found) {
      homes.rememberMaker(launchId(integerOf(launch.launch_id)), fwId(integerOf(launch.fw_id)));
    }
  }
  return new Map(
    ids.flatMap((id): [LaunchId, FwId][] => {
      const maker = homes.makerOf(id);
      return maker === undefined ? [] : [[id, maker]];
    }),
  );
}
