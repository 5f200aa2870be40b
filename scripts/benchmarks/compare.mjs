// Python FireWorks and Skyrocket on one mongod, in turn: `bench compare`. Needs a build, a mongod and Python. Fireworks do
// nothing, each in a launch directory with its FW.json.

import { adding } from './compare-adding.mjs';
import { commands } from './compare-commands.mjs';
import { million } from './compare-million.mjs';
import { root } from './compare-root.mjs';
import { withMongod } from './mongo-site.mjs';
import { alternate } from './rounds.mjs';
import { pythonRate, singles, skyrocketRate } from './worker-rates.mjs';
import { chain, fanIn, fanOut, loose } from './workflows.mjs';

const rounds = Number(process.env.ROUNDS ?? 5);

/** How many Fireworks are run: as many as take each side some ten seconds. */
const counts = {
  standalone: { 1: { python: 300, skyrocket: 10_000 }, 8: { python: 600, skyrocket: 20_000 } },
  replicaSet: { 1: { python: 200, skyrocket: 8000 }, 8: { python: 400, skyrocket: 16_000 } },
};

export const parts = {
  one: () => withMongod([], (mongod) => rates(mongod, { workers: 1, prefix: 'one_worker' })),
  eight: () => withMongod([], (mongod) => rates(mongod, { workers: 8, prefix: 'eight_workers' })),
  replica: () => withMongod(['--replica-set'], replica),
  commands: () => withMongod([], commands),
  root: () => withMongod([], root),
  together: () => withMongod([], together),
  sizes: () => withMongod([], sizes),
  adding: () => withMongod([], adding),
  million: () => withMongod([], million),
};

async function rates(mongod, { workers, prefix, of = counts.standalone }) {
  const { python, skyrocket } = of[workers];
  const measured = await alternate(rounds, {
    fireworks: () => pythonRate(mongod, { workers, fireworks: python }),
    skyrocket: () => skyrocketRate(mongod, { workers, documents: singles(skyrocket) }),
  });
  return {
    [`${prefix}_fireworks_per_second`]: measured.fireworks,
    [`${prefix}_skyrocket_per_second`]: measured.skyrocket,
    [`${prefix}_times`]: measured.skyrocket / measured.fireworks,
  };
}

/** Where writes are acknowledged by a majority. */
async function replica(mongod) {
  const of = counts.replicaSet;
  return {
    ...(await rates(mongod, { workers: 1, prefix: 'replica_set_one_worker', of })),
    ...(await rates(mongod, { workers: 8, prefix: 'replica_set_eight_workers', of })),
  };
}

/** Eight workers with 4,000 Fireworks of one Workflow, and of 1,000 Workflows. */
async function together(mongod) {
  const rate = (documents) => () => skyrocketRate(mongod, { workers: 8, documents });
  const measured = await alternate(rounds, {
    one_workflow_per_second: rate([loose(4000)]),
    separate_workflows_per_second: rate(Array.from({ length: 1000 }, () => loose(4))),
  });
  return {
    ...measured,
    one_workflow_share: measured.one_workflow_per_second / measured.separate_workflows_per_second,
  };
}

/** What a Firework costs eight workers in 10,000 Fireworks: 1,000 Workflows of 10, 10 of 1,000, and one of them all. */
async function sizes(mongod) {
  const total = Number(process.env.FIREWORKS ?? 10_000);
  const shapes = { fan_out: fanOut, fan_in: fanIn, chain };
  const runs = Object.entries(shapes).flatMap(([name, make]) =>
    [10, total / 10, total].map((size) => {
      const documents = Array.from({ length: total / size }, () => make(size));
      const cost = async () => 1000 / (await skyrocketRate(mongod, { workers: 8, documents }));
      return [`${name}_of_${size}_ms_each`, cost];
    }),
  );
  const figures = await alternate(Math.min(rounds, 3), Object.fromEntries(runs));
  for (const name of Object.keys(shapes)) {
    const cost = (size) => figures[`${name}_of_${size}_ms_each`];
    figures[`${name}_largest_over_smallest`] = Math.max(cost(total), cost(total / 10)) / cost(10);
  }
  return figures;
}
