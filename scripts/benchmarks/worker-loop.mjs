// worker-loop.mjs HOST_URI DATABASE: runs what there is to run in a FireWorks database, as `rlaunch rapidfire` does, in the
// current directory. Says "ready", begins when a line comes, and says "done".

import { rapidfire } from '@skyrocket/worker/rapidfire';
import { createStop } from '@skyrocket/worker/stop';
import { drainOptions, workerIn } from './in-process.mjs';
import { openDatabase } from './mongo-site.mjs';

const [uri, database] = process.argv.slice(2);
const launchpad = await openDatabase({ uri }, database);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  process.stdin.destroy();
  await rapidfire(workerIn({ directory: process.cwd() }, launchpad), drainOptions, createStop());
  process.stdout.write('done\n');
  await launchpad.close();
});
