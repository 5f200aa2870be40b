// How long Fireworks of 1, 2 and 4 cores take in one rlaunch with 4 cores, beside the best list schedule of the same durations:
// the shortest that 20,000 orders of the list give, when what fits of its head begins as soon as it fits. It is as short as the
// cores allow at all (`area_seconds`), or nearly. From the first task's begin to the last one's end, and of the whole program;
// a busy machine makes tasks longer: `packing_over_best_as_run` compares with the best list schedule of the durations as they were.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  const best = bestListSchedule(works);
  const { took, ran } = await inSite(async (site) => {
    const times = join(site.directory, 'times');
    const note = (what, i) => `echo ${what} ${i} $(date +%s%N) >>${times}`;
    const document = loose(works.length);
    document.fws.forEach(({ spec }, i) => {
      spec._tasks = [
        {
          _fw_name: 'ScriptTask',
          script: `${note('begin', i)}; sleep ${works[i].seconds}; ${note('end', i)}`,
        },
      ];
      spec._resources = { cores: works[i].cores, walltime: works[i].seconds };
    });
    await site.run('lpad', 'add', site.write('packing.json', toText(document, 'json')));
    const took = await seconds(() => site.run('rlaunch', '-s', 'rapidfire', '--cores', String(cores)));
    return { took, ran: timesIn(readFileSync(times, 'utf8')) };
  });
  const makespan = Math.max(...ran.map(({ end }) => end)) - Math.min(...ran.map(({ begin }) => begin));
  const bestAsRun = bestListSchedule(
    works.map((work, i) => ({ ...work, seconds: ran[i].end - ran[i].begin })),
  );
  const area = works.reduce((sum, work) => sum + work.cores * work.seconds, 0) / cores;
  return {
    packing_program_seconds: took,
    packing_seconds: makespan,
    best_list_schedule_seconds: best,
    area_seconds: area,
    packing_program_over_best: took / best,
    packing_over_best: makespan / best,
    packing_over_best_as_run: makespan / bestAsRun,
    most_cores_at_once: mostCores(ran),
  };
}

/** When each task began and ended, in seconds. */
function timesIn(text) {
  const ran = works.map(() => ({}));
  for (const line of text.trim().split('\n')) {
    const [what, i, at] = line.split(' ');
    ran[i][what] = Number(at) / 1e9;
  }
  return ran;
}

function mostCores(ran) {
  const changes = ran.flatMap(({ begin, end }, i) => [
    { at: begin, cores: works[i].cores },
    { at: end, cores: -works[i].cores },
  ]);
  let [taken, most] = [0, 0];
  for (const { cores: change } of changes.sort((a, b) => a.at - b.at)) {
    taken += change;
    most = Math.max(most, taken);
  }
  return most;
}

/** The shortest of the schedules that come of many orders of the list: what fits of its head begins, as soon as it fits. */
function bestListSchedule(list) {
  let best = makespan([...list].sort((a, b) => b.cores - a.cores || b.seconds - a.seconds));
  for (let i = 0; i < orders; i++) best = Math.min(best, makespan(shuffled(list, i)));
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
