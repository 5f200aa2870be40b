import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { type ExpirationTerms, leaseTerms, withExpirations } from './lease-terms.ts';
import { prepareDatabasePlace } from './store/sqlite/database-place.ts';
import { openDatabase } from './store/sqlite/open-database.ts';
import { sqliteStore } from './store/sqlite/sqlite-store.ts';
import { storeLaunchPad } from './store-launchpad.ts';

/**
 * Opens the embedded launchpad in a database file, which is made when it is not there.
 * @throws SkyrocketError BAD_FILE, BAD_CONFIGURATION, STORE_TOO_NEW, STORE_READ_ONLY, STORE_UNAVAILABLE,
 *   UNSUPPORTED_PLATFORM
 */
export async function openEmbeddedLaunchPad({
  file,
  log,
  expirations = leaseTerms,
}: {
  file: string;
  log: Log;
  expirations?: ExpirationTerms;
}): Promise<LaunchPad> {
  const database = await openDatabase({
    ...(await prepareDatabasePlace(file)),
    onMigration: ({ from, to, backup }) =>
      log.info(
        `the launchpad ${file} was brought from version ${from} to ${to}; a copy of the old one is in ${backup}`,
      ),
  });
  return storeLaunchPad(sqliteStore(database), withExpirations(expirations));
}
