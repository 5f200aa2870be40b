import type { ClaimedLaunch } from '@skyrocket/contract/running';
import type { LaunchId } from '@skyrocket/model/ids';
import type { FireworkRecord, LaunchRecord } from '@skyrocket/model/records';
import type { Connection } from './connection.ts';
import { loadLaunchRecords } from './launch-rows.ts';

/** A RESERVED Firework, and the Launch that is claimed with it. */
export interface ReservedFirework {
  firework: FireworkRecord;
  launchId: LaunchId;
}

/** Claims as they are told: each with the active Launches of its Firework, its own last. `known` ones are not read. */
export function claimedLaunches(
  database: Connection,
  reserved: ReservedFirework[],
  known: readonly LaunchRecord[],
): ClaimedLaunch[] {
  const records = new Map(known.map((launch) => [launch.launchId, launch]));
  const unknown = reserved.flatMap(({ firework }) => firework.launches.filter((id) => !records.has(id)));
  for (const launch of loadLaunchRecords(database, unknown)) records.set(launch.launchId, launch);
  return reserved.map(({ firework, launchId }) => {
    const others = firework.launches.filter((id) => id !== launchId);
    return { launchId, firework, launches: [...others, launchId].flatMap((id) => records.get(id) ?? []) };
  });
}
