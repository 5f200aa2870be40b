// How long the next of two dependent Fireworks waits in a running job of Slurm: from the end of one task to the begin of the next.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median } from './rounds.mjs';
import { inClientSite, whileServed } from './server-site.mjs';
import { inSite } from './site.mjs';
import { runWithSlurm, whileSlurm, writeAdapter } from './slurm-site.mjs';
import { chain, toText } from './workflows.mjs';

const length = 100;

export function hops() {
  return whileSlurm(async () => {
    const embedded = await inSite((site) => waitsIn(site));
    const http = await inSite((serving) =>
      whileServed(serving, (server) => inClientSite(server, 'user', (site) => waitsIn(site))),
    );
    return { ...named('embedded', embedded), ...named('http', http) };
  });
}

const named = (where, waits) => ({
  [`hop_ms_${where}`]: median(waits),
  [`hop_ms_${where}_worst`]: Math.max(...waits),
});

/** Milliseconds between the tasks of a chain. Each notes its begin and its end; the clock of one host. */
async function waitsIn(site) {
  const times = join(site.directory, 'times');
  const script = `date +%s%N >>${times}; date +%s%N >>${times}`;
  const document = chain(length);
  for (const { spec } of document.fws) spec._tasks = [{ _fw_name: 'ScriptTask', script }];
  await site.run('lpad', 'add', site.write('chain.json', toText(document, 'json')));
  writeAdapter(site, ['rlaunch', '-c', site.directory, 'rapidfire']);
  await runWithSlurm(site, 'qlaunch', '-s', 'singleshot');
  const moments = await untilAllRan(times);
  return Array.from({ length: length - 1 }, (_, i) => (moments[2 * i + 2] - moments[2 * i + 1]) / 1e6);
}

async function untilAllRan(file) {
  for (const deadline = Date.now() + 300_000; Date.now() < deadline; await pause(200)) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    if (lines.length === 2 * length) return lines.map(Number);
  }
  throw new Error('the chain does not end');
}
