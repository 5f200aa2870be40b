// command-starts.mjs WAY MEBIBYTES: prints how many milliseconds `true` takes by the worker's spawner or by Node's own
// spawn, in a process that holds so much memory.

import { startSpawner } from '@skyrocket/worker/spawner';
import { runByNode } from './command-by-node.mjs';
import { median } from './rounds.mjs';

const [way, mebibytes] = [process.argv[2], Number(process.argv[3])];
const held = Array.from({ length: mebibytes }, () => Buffer.alloc(1024 * 1024, 1));
const spawner = startSpawner();
const run = {
  node: () => runByNode('true'),
  spawner: () => spawner.run({ run: { shell: '/bin/sh', script: 'true' }, cwd: process.cwd() }),
}[way];

const times = [];
for (let i = 0; i < 200; i++) {
  const begun = performance.now();
  await run();
  if (i >= 20) times.push(performance.now() - begun);
}
await spawner.stop();
if (held.length !== mebibytes) throw new Error('it was to be held until now');
process.stdout.write(`${median(times)}\n`);
