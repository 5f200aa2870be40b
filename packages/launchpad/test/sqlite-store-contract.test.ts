import { join } from 'node:path';
import { openSqliteStore } from './programs/open-store.ts';
import { storeContract } from './store-contract/store-contract.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

storeContract('SQLite', async () => openSqliteStore(join(await newFolder(), 'launchpad.db')));
