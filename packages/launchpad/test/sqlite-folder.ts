import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import type { Store } from '@skyrocket/launchpad/store/store';

/** Makes temporary folders, which are removed after the test. */
export function temporaryFolders(): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true });
  });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'skyrocket-'));
    made.push(folder);
    return folder;
  };
}

/** A Store in a database file, which is made when it is not there. */
export async function openSqliteStore(file: string): Promise<Store> {
  return sqliteStore(await openDatabase(await prepareDatabasePlace(file)));
}
