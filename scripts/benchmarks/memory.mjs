// The memory of one worker over 100,000 Fireworks that do nothing.

import { readFileSync } from 'node:fs';
import { openLaunchPad } from './in-process.mjs';
import { inSite, succeeded } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const fireworks = 100_000;
const sampleMilliseconds = 250;

export function memory() {
  return inSite(async (site) => {
    await site.run('lpad', 'add', site.write('noop.json', toText(loose(fireworks), 'json')));
    const child = site.start('rlaunch', '-s', 'rapidfire', '--sleep', '0');
    const samples = await sampled(site, child);
    const at = (share) =>
      Math.max(
        ...samples.filter((sample) => sample.done <= share * fireworks).map(({ mebibytes }) => mebibytes),
      );
    return {
      memory_mib_until_20000: at(0.2),
      memory_mib_until_60000: at(0.6),
      memory_mib_until_100000: at(1),
      memory_flat: at(1) / at(0.2),
    };
  });
}

async function sampled(site, child) {
  const launchpad = await openLaunchPad(site);
  const done = { filter: new Map([['state', 'COMPLETED']]), fields: 'count' };
  const samples = [];
  const timer = setInterval(async () => {
    const { count } = await launchpad.findFireworks(done);
    const mebibytes = residentMebibytes(child.pid);
    if (mebibytes !== null) samples.push({ done: count, mebibytes });
  }, sampleMilliseconds);
  await succeeded(child);
  clearInterval(timer);
  await launchpad.close();
  return samples;
}

/** Null when the process has ended. */
function residentMebibytes(pid) {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) / 1024;
  } catch {
    return null;
  }
}
