import { join } from 'node:path';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { launchPadContract } from './launchpad-contract/launchpad-contract.ts';
import { openSqliteStore } from './programs/open-store.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

launchPadContract('SQLite', async (terms) =>
  storeLaunchPad(await openSqliteStore(join(await newFolder(), 'launchpad.db')), terms),
);
