import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { CountByPeriod } from '@skyrocket/contract/maintenance';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import {
  agentId,
  diamond,
  fwIds,
  fworker,
  newKey,
  newWorkflow,
  token,
  userMap,
} from '../store-contract/samples.ts';
import { add, claim, complete, fizzle, report, reserve, run, start } from './worker-steps.ts';

/** One of each kind of work that is done all day, on a launchpad that holds a diamond and knows agent `a`. */
export const works: [what: string, work: (launchpad: LaunchPad) => Promise<unknown>][] = [
  ['adds', (launchpad) => add(launchpad, diamond)],
  ['claims', (launchpad) => claim(launchpad, { count: 3 })],
  ['claims oldest first', (launchpad) => claim(launchpad, { order: 'FIFO' })],
  ['claims newest first', (launchpad) => claim(launchpad, { order: 'FILO', withoutTasks: ['x'] })],
  [
    'claims for a picky worker',
    (launchpad) => claim(launchpad, { fworker: fworker({ category: ['a', 'b'] }) }),
  ],
  ['claims by id', (launchpad) => claim(launchpad, { fwId: fwId(1) })],
  ['starts', async (launchpad) => start(launchpad, await reserve(launchpad, 1))],
  ['completes', (launchpad) => complete(launchpad, 1, { updateSpec: userMap({ x: 1 }), propagate: true })],
  [
    'adds detours',
    (launchpad) => complete(launchpad, 1, { detours: [newWorkflow({ links: { [-1]: [-2] } })] }),
  ],
  ['fizzles', (launchpad) => fizzle(launchpad, 1)],
  ['gives back', async (launchpad) => giveBack(launchpad, await run(launchpad, 1))],
  ['takes heartbeats', async (launchpad) => heartbeat(launchpad, await run(launchpad, 1))],
  ['does upkeep', upkeep],
  ['says whether there is work', (launchpad) => launchpad.workFor({ fworker: fworker() })],
  [
    'reruns',
    async (launchpad) => {
      await complete(launchpad, 1);
      await launchpad.rerun({ key: newKey(), fwIds: fwIds(1) });
    },
  ],
  ['defuses', (launchpad) => launchpad.defuse({ key: newKey(), fwIds: fwIds(1) })],
  ['archives', (launchpad) => launchpad.archive({ key: newKey(), fwIds: fwIds(1) })],
  [
    'deletes',
    async (launchpad) => {
      await run(launchpad, 1);
      await launchpad.deleteWorkflows({ key: newKey(), fwIds: fwIds(1) });
    },
  ],
  [
    'counts by state',
    (launchpad) => launchpad.findFireworks({ fields: 'count', filter: userMap({ state: 'READY' }) }),
  ],
  ['counts all', (launchpad) => launchpad.findFireworks({ fields: 'count' })],
  ['finds by id', (launchpad) => launchpad.findFireworks({ fields: 'all', fwIds: fwIds(1, 2) })],
  [
    'finds by state',
    (launchpad) =>
      launchpad.findFireworks({ fields: 'all', filter: userMap({ state: 'FIZZLED' }), limit: 20 }),
  ],
  [
    'finds by name',
    (launchpad) => launchpad.findFireworks({ fields: 'ids', filter: userMap({ name: 'x' }) }),
  ],
  ['finds by reservation', (launchpad) => launchpad.findFireworks({ fields: 'ids', reservationId: '17' })],
  [
    'finds Launches by state',
    (launchpad) => launchpad.findFireworks({ fields: 'ids', launchFilter: userMap({ state: 'RUNNING' }) }),
  ],
  [
    'finds Workflows by member',
    (launchpad) => launchpad.findWorkflows({ fields: 'launches', fwIds: fwIds(2) }),
  ],
  [
    'finds Workflows by state',
    (launchpad) => launchpad.findWorkflows({ fields: 'summary', filter: userMap({ state: 'FIZZLED' }) }),
  ],
  ['dumps', (launchpad) => launchpad.dumpWorkflow({ fwId: fwId(1) })],
  ['looks for lost runs', lostRuns],
  ['learns how long Fireworks take', (launchpad) => launchpad.runtimes({ names: ['firework 1'] })],
];

/** What `report` asks of these collections. */
export function reports(...collections: CountByPeriod['collection'][]): typeof works {
  const since = timestamp(Date.now() - 86_400_000);
  return collections.map((collection) => [
    `reports ${collection}`,
    async (launchpad) => {
      await complete(launchpad, 1);
      await launchpad.countByPeriod({ collection, period: 'days', since });
    },
  ]);
}

const giveBack = (launchpad: LaunchPad, launchId: LaunchId) =>
  launchpad.release({ key: newKey(), agentId: agentId('a'), releases: [{ launchId, reason: 'No room.' }] });

const heartbeat = (launchpad: LaunchPad, launchId: LaunchId) =>
  launchpad.heartbeat({
    agentId: agentId('a'),
    pings: [{ launchId, token: token(`token of ${launchId}`), trackers: [] }],
  });

async function upkeep(launchpad: LaunchPad): Promise<unknown> {
  const key = newKey();
  await report(launchpad, await run(launchpad, 1));
  await launchpad.deadAgents({ key });
  return launchpad.upkeep({ key, told: [] });
}

async function lostRuns(launchpad: LaunchPad): Promise<unknown> {
  await run(launchpad, 1);
  return launchpad.findLostRuns({ silentSeconds: 0 });
}
