import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import type { Store } from '@skyrocket/launchpad/store/store';

/** A Store in a database file, which is made when it is not there. */
export async function openSqliteStore(file: string): Promise<Store> {
  return sqliteStore(await openDatabase(await prepareDatabasePlace(file)));
}
