// How long Fireworks of 1, 2 and 4 cores take in one rlaunch with 4 cores, beside the best list schedule of the same durations.

import { seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { loose, toText } from './workflows.mjs';

const cores = 4;
const orders = 20_000;

/** Durations are multiples of half a second, so that what a process costs is little beside them; the same ones each time. */
const works = Array.from({ length: 36 }, (_, i) => ({
  cores: [1, 2, 1, 4, 1, 2][i % 6],
  seconds: (1 + ((i * 7) % 5)) / 2,
}));

export async function packing() {
  const best = bestListSchedule();
  const took = await inSite(async (site) => {
    const document = loose(works.length);
    document.fws.forEach(({ spec }, i) => {
      spec._tasks = [{ _fw_name: 'ScriptTask', script: `sleep ${works[i].seconds}` }];
      spec._resources = { cores: works[i].cores, walltime: works[i].seconds };
    });
    await site.run('lpad', 'add', site.write('packing.json', toText(document, 'json')));
    return seconds(() => site.run('rlaunch', '-s', 'rapidfire', '--cores', String(cores)));
  });
  const area = works.reduce((sum, work) => sum + work.cores * work.seconds, 0) / cores;
  return {
    packing_seconds: took,
    best_list_schedule_seconds: best,
    area_seconds: area,
    packing_over_best: took / best,
  };
}

/** The shortest of the schedules that come of many orders of the list: what fits of its head begins, as soon as it fits. */
function bestListSchedule() {
  let best = makespan([...works].sort((a, b) => b.cores - a.cores || b.seconds - a.seconds));
  for (let i = 0; i < orders; i++) best = Math.min(best, makespan(shuffled(works, i)));
  return best;
}

function makespan(list) {
  const waiting = [...list];
  let running = [];
  let now = 0;
  while (waiting.length + running.length > 0) {
    let free = cores - running.reduce((sum, work) => sum + work.cores, 0);
    for (
      let next = waiting.findIndex((work) => work.cores <= free);
      next >= 0;
      next = waiting.findIndex((work) => work.cores <= free)
    ) {
      const [work] = waiting.splice(next, 1);
      free -= work.cores;
      running.push({ cores: work.cores, ends: now + work.seconds });
    }
    now = Math.min(...running.map((work) => work.ends));
    running = running.filter((work) => work.ends > now);
  }
  return now;
}

/** Another order for each number, and the same one each time. */
function shuffled(list, seed) {
  let state = seed + 1;
  const random = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return list
    .map((work) => ({ work, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ work }) => work);
}
