// Fireworks that do nothing, by one `rlaunch rapidfire`, beside a bare loop that makes the same directories, file writes
// and commits. Both are whole processes, from their start to their end.

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rapidfire } from '@skyrocket/worker/rapidfire';
import { createStop } from '@skyrocket/worker/stop';
import { drainOptions, openLaunchPad, workerIn } from './in-process.mjs';
import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const fireworks = Number(process.env.FIREWORKS ?? 20_000);
const rounds = Number(process.env.ROUNDS ?? 3);

export async function noop() {
  const shape = await shapeOfWork();
  const rates = await alternate(rounds, {
    noop_per_second: () => inSite((site) => rateOfSkyrocket(site)),
    floor_per_second: () => inSite((site) => rateOfFloor(site, shape)),
  });
  return {
    ...rates,
    noop_share_of_floor: rates.noop_per_second / rates.floor_per_second,
    noop_launches_per_commit: shape.batch,
  };
}

const text = toText(loose(fireworks), 'json');

async function rateOfSkyrocket(site) {
  await site.run('lpad', 'add', site.write('noop.json', text));
  return fireworks / (await seconds(() => site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0')));
}

async function rateOfFloor(site, { batch, documentBytes }) {
  const words = [fireworks, batch, documentBytes].map(String);
  return fireworks / (await seconds(() => site.runScript('noop-floor.mjs', ...words)));
}

/** How many Launches share a commit, and how long FW.json is: what the loop has to imitate. */
function shapeOfWork() {
  return inSite(async (site) => {
    await site.run('lpad', 'add', site.write('noop.json', text));
    const launchpad = await openLaunchPad(site);
    let calls = 0;
    const counted = new Proxy(launchpad, {
      get(target, name) {
        // Claims share the commits of starts.
        if (['start', 'report'].includes(name)) calls++;
        return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
      },
    });
    await rapidfire(workerIn(site, counted), drainOptions, createStop());
    await launchpad.close();
    const first = readdirSync(site.directory).find((name) => name.startsWith('launcher_'));
    const documentBytes = statSync(join(site.directory, first, 'FW.json')).size;
    return { batch: Math.round((2 * fireworks) / calls), documentBytes };
  });
}
