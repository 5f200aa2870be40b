// command-loop.mjs COUNT: runs `true` so often, one after another, as ScriptTask runs it.

import { runByNode } from './command-by-node.mjs';

const count = Number(process.argv[2]);
for (let i = 0; i < count; i++) await runByNode('true');
