import { join } from 'node:path';
import { openSqliteStore, temporaryFolders } from './sqlite-folder.ts';
import { storeContract } from './store-contract/store-contract.ts';

const newFolder = temporaryFolders();

storeContract('SQLite', async () => openSqliteStore(join(await newFolder(), 'launchpad.db')));
