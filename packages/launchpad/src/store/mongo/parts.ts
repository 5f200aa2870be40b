import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { Seeds } from '../store.ts';
import type { MongoConnection } from './connection.ts';
import { findHomes, findMakers } from './find-homes.ts';

/** So many Fireworks are decided together, about; more of them would keep their Workflows locked for long. */
const partSize = 200;

/**
 * Splits seeds so that those of one Workflow stay together and a part locks some of the Workflows at a time. A Workflow
 * is in the part that its own `_id` names, so that the same request is split the same way again.
 */
export async function partsOf(
  connection: MongoConnection,
  seeds: Seeds,
): Promise<{ name: string; seeds: Seeds }[]> {
  const makers = await findMakers(connection, seeds.launchIds);
  const homes = await findHomes(connection, [...new Set([...seeds.fwIds, ...makers.values()])]);
  const buckets = Math.ceil((seeds.fwIds.length + seeds.launchIds.length) / partSize);
  const parts = new Map<string, Seeds>();
  const partOf = (id: FwId | undefined): Seeds => {
    const home = id === undefined ? undefined : homes.get(id);
    const name = home === undefined ? 'unknown' : `${bucketOf(home, buckets)} of ${buckets}`;
    const part = parts.get(name) ?? { fwIds: [], launchIds: [] };
    parts.set(name, part);
    return part;
  };
  for (const id of seeds.fwIds) partOf(id).fwIds.push(id);
  for (const id of seeds.launchIds) partOf(makers.get(id)).launchIds.push(id satisfies LaunchId);
  return [...parts].map(([name, part]) => ({ name, seeds: part }));
}

/** The last digits of an ObjectId count up. */
function bucketOf(home: string, buckets: number): number {
  return Number.parseInt(home.slice(-6), 16) % buckets;
}
