import type { DeletedWorkflows } from '@skyrocket/contract/workflows';
import { type FwId, fwId, launchId } from '@skyrocket/model/ids';
import { epochMilliseconds } from '@skyrocket/model/timestamp';
import { ObjectId } from 'mongodb';
import { additionSeconds } from './addition.ts';
import { type MongoConnection, passing } from './connection.ts';
import { deleteLaunches, stillHeld } from './deletion.ts';
import { integerOf, launchIdsOf } from './documents.ts';

/**
 * Fireworks that no Workflow has. An addition, Python's too, inserts the Fireworks first: those that are new may still get
 * their Workflow. The Fireworks are read before the Workflows for the same reason.
 */
export async function findOrphans(connection: MongoConnection): Promise<FwId[]> {
  const suspects = new Set<number>();
  const fireworks = connection.fireworks.find(
    { _id: { $lt: inserted(connection) } },
    { projection: { _id: 0, fw_id: 1 } },
  );
  for await (const firework of fireworks) suspects.add(integerOf(firework.fw_id));
  const workflows = connection.workflows.find({}, { projection: { _id: 0, nodes: 1 } });
  for await (const { nodes } of workflows) {
    if (Array.isArray(nodes)) for (const id of nodes) suspects.delete(integerOf(id));
  }
  return [...suspects].sort((a, b) => a - b).map(fwId);
}

/** An `_id` tells when its document was made. */
function inserted(connection: MongoConnection): ObjectId {
  return ObjectId.createFromTime(epochMilliseconds(connection.now()) / 1000 - additionSeconds);
}

/** The Fireworks go first, so that nothing can be claimed; what they held is looked for once they are gone. */
export async function deleteOrphans(connection: MongoConnection, ids: FwId[]): Promise<DeletedWorkflows> {
  const orphans = new Set(await findOrphans(connection));
  const fwIds = ids.filter((id) => orphans.has(id));
  const fireworks = await connection.fireworks
    .find({ fw_id: { $in: fwIds } }, { projection: { _id: 0, launches: 1, archived_launches: 1 } })
    .toArray();
  const held = fireworks.flatMap((one) => [
    ...launchIdsOf(one.launches),
    ...launchIdsOf(one.archived_launches),
  ]);
  const launches = await connection.launches
    .find(
      { $or: [{ fw_id: { $in: fwIds } }, { launch_id: { $in: held } }] },
      { projection: { _id: 0, launch_id: 1, launch_dir: 1 } },
    )
    .toArray();
  await connection.fireworks.deleteMany({ fw_id: { $in: fwIds } }, passing);
  const kept = await stillHeld(
    connection,
    launches.map((launch) => launchId(integerOf(launch.launch_id))),
  );
  const going = launches.filter((launch) => !kept.has(launchId(integerOf(launch.launch_id))));
  const launchIds = going.map((launch) => launchId(integerOf(launch.launch_id)));
  await deleteLaunches(connection, launchIds);
  await connection.importFailures.deleteMany({ fw_id: { $in: fwIds } });
  const launchDirs = [...new Set(going.map((launch) => String(launch.launch_dir ?? '')))].filter(
    (dir) => dir !== '',
  );
  return { fwIds, launchIds, launchDirs };
}
