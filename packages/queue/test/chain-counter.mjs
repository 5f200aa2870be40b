// Counts up in a chain of a shared folder, and prints a line after each time: FOLDER TIMES.

import { newChain } from '@skyrocket/queue/chain';
import { folderShelf } from '@skyrocket/queue/chain-folder';
import { changeChain } from '@skyrocket/queue/chain-store';

const [folder = '', times = '0'] = process.argv.slice(2);
const shelf = folderShelf('c', folder);
for (let i = 0; i < Number(times); i++) {
  await changeChain(shelf, 'c', (chain) => {
    const now = chain ?? newChain(1, false);
    return { ...now, failures: now.failures + 1 };
  });
  process.stdout.write('.\n');
}
