// How many Fireworks a second workers run, ours and Python FireWorks'. The loops alone: all workers are ready before the
// first one begins, and what they do after the last Firework does not count.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonSays, startPython } from './fireworks-side.mjs';
import { inMongoSite, newDatabase } from './mongo-site.mjs';
import { seconds } from './rounds.mjs';
import { scratchDirectory } from './scratch.mjs';
import { succeeded } from './site.mjs';
import { loose, toText } from './workflows.mjs';

export const singles = (count) => Array.from({ length: count }, () => loose(1));

export async function pythonRate(mongod, { workers, fireworks }) {
  const database = newDatabase();
  await pythonSays(mongod, database, 'reset', 0);
  await pythonSays(mongod, database, 'add', fireworks);
  return fireworks / (await secondsOfLoops(workers, () => startPython(mongod, database, 'run', 0)));
}

export function skyrocketRate(mongod, { workers, documents }) {
  return inMongoSite(mongod, async (site, database) => {
    const count = await addAll(site, documents);
    return (
      count / (await secondsOfLoops(workers, () => site.startScript('worker-loop.mjs', mongod.uri, database)))
    );
  });
}

/** Of `rlaunch` from its start to its end. */
export function programRate(mongod, { workers, documents }) {
  return inMongoSite(mongod, async (site) => {
    const count = await addAll(site, documents);
    const run = () => site.run('rlaunch', '-s', 'rapidfire', '--sleep', '0');
    return count / (await seconds(() => Promise.all(Array.from({ length: workers }, run))));
  });
}

/** From when all are told to begin until the last one has said "done". */
async function secondsOfLoops(count, start) {
  const children = Array.from({ length: count }, start);
  const ends = children.map(succeeded);
  const spoken = children.map((child) => createInterface({ input: child.stdout })[Symbol.asyncIterator]());
  const all = (work) => Promise.race([Promise.all(children.map(work)), Promise.all(ends)]);
  await all((_, index) => heard(spoken[index], 'ready'));
  const taken = await seconds(() =>
    all((child, index) => {
      child.stdin.end('\n');
      return heard(spoken[index], 'done');
    }),
  );
  await Promise.all(ends);
  return taken;
}

/** Tasks may print lines of their own. */
async function heard(lines, word) {
  for (;;) {
    const { value, done } = await lines.next();
    if (done || value === word) return;
  }
}

/** Each as a file of its own. @returns how many Fireworks were added */
export async function addAll(site, documents) {
  await site.run('lpad', 'add', '-d', folderOf(documents));
  return documents.reduce((sum, document) => sum + document.fws.length, 0);
}

/** A new folder with a file for each of these documents. */
export function folderOf(documents) {
  const folder = scratchDirectory();
  documents.forEach((document, index) => {
    writeFileSync(join(folder, `${index}.json`), toText(document, 'json'));
  });
  return folder;
}
