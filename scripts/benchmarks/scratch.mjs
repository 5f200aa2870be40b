// New directories for a measurement. They stay until the whole benchmark ends: an ext4 without a journal takes no inode
// that was freed in the last minutes and looks at each of them for every new file, so that what one round removes would
// make the next one several times slower.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = [];

process.once('exit', () => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});
// Without a listener, a signal would end the process without its 'exit'.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => process.exit(code));

export function scratchDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'skyrocket-bench-'));
  made.push(directory);
  return directory;
}
