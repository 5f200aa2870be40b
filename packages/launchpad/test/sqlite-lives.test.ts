import { join } from 'node:path';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { randomLives } from './launchpad-contract/random-lives.ts';

import { expectKeptCountsToBeRight } from './sqlite-recount.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

randomLives('SQLite', {
  lives: Number(process.env.SKYROCKET_LIVES ?? 60),
  open: async () => {
    const database = await openDatabase(await prepareDatabasePlace(join(await newFolder(), 'launchpad.db')));
    return { store: sqliteStore(database), check: async () => expectKeptCountsToBeRight(database) };
  },
});
