import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { startSkyrocketSide } from '../skyrocket-side.ts';

// As the agent of a name (third argument), starts so many Fireworks (fourth argument) of a database (the first two: URI
// and name), says how many it got, waits for a line, and then reports all of them at the same moment, by several calls at
// once as the slots of a worker do. Prints what each report was answered.

const reportsPerCall = 8;

const [uri = '', database = '', name = '', count = ''] = process.argv.slice(2);
const worker = await startSkyrocketSide(uri, database, name);
const launches = await worker.startMany(Number(count));
const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
writeSync(1, `${launches.length}\n`);
await told.next();
const calls = Array.from({ length: Math.ceil(launches.length / reportsPerCall) }, (_, n) =>
  worker.completeMany(launches.slice(n * reportsPerCall, (n + 1) * reportsPerCall)),
);
writeSync(1, `${JSON.stringify((await Promise.all(calls)).flat())}\n`);
await worker.close();
process.stdin.destroy();
