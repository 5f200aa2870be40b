import { launchToDocument } from '@skyrocket/model/launch-document';
import type { LaunchRecord } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';

/** Kept in FireWorks' database beside the history that they follow from, but neither shown nor written to files. */
const onlyInDatabase = ['time_start', 'time_end', 'runtime_secs', 'reservedtime_secs'];

/** A Launch as FireWorks shows it and writes it to files. */
export function launchDisplay(launch: LaunchRecord): UserMap {
  const document = launchToDocument(launch);
  for (const key of onlyInDatabase) document.delete(key);
  return document;
}
