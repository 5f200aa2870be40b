import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { LaunchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import type { MongoConnection } from './connection.ts';
import { fireworkFromDocument } from './documents.ts';
import { findLaunches } from './find-launches.ts';

/** Whether the document of a Firework holds a Launch as active. */
export function holds(document: UserMap | undefined, id: LaunchId): boolean {
  const launches = document?.get('launches');
  return Array.isArray(launches) && launches.includes(id);
}

/** A claim with all active Launches of its Firework, its own last; null when the Firework is not there. */
export async function claimedLaunch(
  connection: MongoConnection,
  launch: LaunchRecord,
  document: UserMap | undefined,
): Promise<ClaimedLaunch | null> {
  if (!document) return null;
  const firework = fireworkFromDocument(document);
  const others = firework.launches.filter((id) => id !== launch.launchId);
  const earlier = await findLaunches(connection, others);
  return { launchId: launch.launchId, firework, launches: [...earlier, launch] };
}
