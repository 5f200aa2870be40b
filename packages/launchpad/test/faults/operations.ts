import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { ImportWorkflows } from '@skyrocket/contract/maintenance';
import type { Store } from '@skyrocket/launchpad/store/store';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import {
  action,
  agent,
  agentId,
  fwIds,
  fworker,
  newWorkflow,
  type Sketch,
  token,
  userMap,
} from '../store-contract/samples.ts';

const sketch: Sketch = {
  name: 'workflow',
  links: { 1: [2, 3], 2: [4], 3: [4] },
  specs: { 3: { n: 1 } },
};

/** A launchpad, and the store below it. */
export interface World {
  launchpad: LaunchPad;
  store: Store;
}

/** A change that may be cut short anywhere. */
export interface Operation {
  name: string;
  /** What was there before. */
  prepare(world: World): Promise<void>;
  /** Made by the program that dies, and repeated by another. */
  perform(world: World): Promise<unknown>;
  /** Whether it is done for each Firework on its own, so that a part of it may be there. */
  each?: true;
  /** What is written down of it while its Workflow is locked, so that others can end it. */
  lock?: 'with an intent' | 'with its Launches';
}

const agentA = agentId('a');

async function addOne({ launchpad }: World): Promise<void> {
  await launchpad.addWorkflows({ key: 'first', workflows: [newWorkflow(sketch)] });
}

async function addLarge({ launchpad }: World): Promise<void> {
  const specs = Object.fromEntries(Array.from({ length: 210 }, (_, before) => [before + 1, {}]));
  await launchpad.addWorkflows({ key: 'first', workflows: [newWorkflow({ name: 'large', specs })] });
  await launchpad.registerAgent(agent('a'));
}

const claim = ({ launchpad }: World, key: string, count: number) =>
  launchpad.claim({ key, agentId: agentA, fworker: fworker(), count, order: 'any', withoutTasks: [] });

async function run(world: World, ...ids: number[]): Promise<LaunchId[]> {
  await world.launchpad.registerAgent(agent('a'));
  const { claims } = await claim(world, `claim ${ids}`, ids.length);
  await start(
    world,
    claims.map((one) => one.launchId),
  );
  return claims.map((one) => one.launchId);
}

const start = ({ launchpad }: World, launchIds: LaunchId[]) =>
  launchpad.start({
    key: 'start',
    agentId: agentA,
    fworker: fworker(),
    host: 'node01',
    ip: '10.0.0.2',
    starts: launchIds.map((launchId) => ({
      launchId,
      token: token(`token ${launchId}`),
      launchDir: `/d/${launchId}`,
    })),
  });

async function report(
  { launchpad }: World,
  launchIds: LaunchId[],
  members: Parameters<typeof action>[0],
): Promise<unknown> {
  const { uuid } = await launchpad.identity();
  return launchpad.report({
    key: 'report',
    reports: launchIds.map((launchId) => ({
      ...{ launchpad: uuid, launchId, token: token(`token ${launchId}`), state: 'COMPLETED' as const },
      ...{ action: action(members), endedOn: timestamp(Date.UTC(2024, 0, 1)) },
    })),
  });
}

async function launchesOf({ store }: World, state: string): Promise<LaunchId[]> {
  const filter = userMap({ state });
  const { fireworks } = await store.findFireworks({ fields: 'ids', filter });
  return fireworks.flatMap((one) => one.launches);
}

const detour = newWorkflow({ name: 'detour', specs: { [-1]: { detour: true } } });

export const operations: Operation[] = [
  {
    name: 'adding two Workflows',
    prepare: async () => {},
    perform: ({ launchpad }) =>
      launchpad.addWorkflows({
        key: 'add',
        workflows: [newWorkflow(sketch), newWorkflow({ ...sketch, name: 'second' })],
      }),
  },
  {
    name: 'a claim',
    prepare: async (world) => {
      await addOne(world);
      await world.launchpad.addWorkflows({ key: 'second', workflows: [newWorkflow(sketch)] });
      await world.launchpad.registerAgent(agent('a'));
    },
    // What the first call did not come to is claimed as a worker does it: by another call.
    perform: async (world) => {
      const { claims } = await claim(world, 'claim', 2);
      if (claims.length < 2) await claim(world, 'claim again', 2 - claims.length);
    },
    each: true,
  },
  {
    name: 'a start',
    prepare: async (world) => {
      await addOne(world);
      await world.launchpad.registerAgent(agent('a'));
      await claim(world, 'claim', 1);
    },
    perform: async (world) =>
      start(
        world,
        await launchesOf(world, 'RESERVED').then(async (found) =>
          found.length > 0 ? found : launchesOf(world, 'RUNNING'),
        ),
      ),
    each: true,
  },
  {
    name: 'a claim, a start and a report of Fireworks that are alone in their Workflows',
    prepare: async ({ launchpad }) => {
      const workflows = ['one', 'two'].map((name) => newWorkflow({ name, specs: { 1: {} } }));
      await launchpad.addWorkflows({ key: 'first', workflows });
      await launchpad.registerAgent(agent('a'));
    },
    // Who starts them knows what is read otherwise.
    perform: async (world) => {
      const claimed = [
        ...(await claim(world, 'claim', 2)).claims,
        ...(await claim(world, 'claim again', 2)).claims,
      ];
      await start(
        world,
        claimed.map((one) => one.launchId),
      );
      return report(world, await runningOrEnded(world), {});
    },
    each: true,
  },
  {
    name: 'a claim, a start and a report of a Firework with children',
    prepare: async (world) => {
      await addOne(world);
      await world.launchpad.registerAgent(agent('a'));
    },
    // As above: what is reported is not read again, nor what is known of its Workflow.
    perform: (world) => runThrough(world, 1),
    each: true,
  },
  {
    name: 'a claim, a start and a report in the middle of a large Workflow',
    prepare: async (world) => {
      const links = Object.fromEntries(
        Array.from({ length: 210 }, (_, before) => [before + 1, [before + 2]]),
      );
      await world.launchpad.addWorkflows({
        key: 'first',
        workflows: [newWorkflow({ name: 'large', links })],
      });
      await report(world, await run(world, 1), {});
    },
    // Of such a one only what is around the Firework is read with the lock.
    perform: (world) => runThrough(world, 2),
    each: true,
  },
  {
    name: 'a claim, a start and a report in a large Workflow, where nobody waits for it',
    prepare: addLarge,
    // The lock is one for ends only.
    perform: (world) => runThrough(world, 1),
    each: true,
  },
  {
    name: 'a report that adds a detour in a large Workflow, where nobody was seen to wait for it',
    lock: 'with an intent',
    prepare: async (world) => {
      await addLarge(world);
      await run(world, 1);
    },
    // A lock for ends only does not do, and is made another one.
    perform: async (world) => report(world, await runningOrEnded(world), { detours: [detour] }),
  },
  {
    name: 'a claim, a start and a report of a Firework with very many children',
    prepare: async (world) => {
      const children = Array.from({ length: 260 }, (_, before) => before + 2);
      await world.launchpad.addWorkflows({
        key: 'first',
        workflows: [newWorkflow({ name: 'wide', links: { 1: children } })],
      });
      await world.launchpad.registerAgent(agent('a'));
    },
    // They are written by two commands at the same time.
    perform: (world) => runThrough(world, 1),
    each: true,
  },
  {
    name: 'a recovery of what has run without a launchpad, each alone in its Workflow',
    lock: 'with its Launches',
    prepare: async ({ launchpad }) => {
      const workflows = ['one', 'two'].map((name) => newWorkflow({ name, specs: { 1: {} } }));
      await launchpad.addWorkflows({ key: 'first', workflows });
      const place = { host: 'login', ip: '10.0.0.9', launchDir: '/d' };
      for (const key of ['reserve one', 'reserve two']) {
        const request = { key, fworker: fworker(), order: 'any', ...place } as const;
        const { reservation } = await launchpad.reserve(request);
        if (reservation) await launchpad.registerOffline({ launchIds: [reservation.launchId] });
      }
    },
    perform: async ({ launchpad, store }) => {
      const { fireworks } = await store.findFireworks({ fields: 'ids' });
      const at = timestamp(Date.UTC(2024, 0, 1));
      const ended = { state: 'COMPLETED', action: action({}), endedOn: at } as const;
      const runs = fireworks.flatMap(({ fwId, launches }) =>
        launches.map((launchId) => ({ launchId, fwId, startedOn: at, ended })),
      );
      return launchpad.tellOffline({ runs });
    },
  },
  {
    name: 'a report that frees children',
    lock: 'with its Launches',
    prepare: async (world) => {
      await addOne(world);
      await run(world, 1);
    },
    perform: async (world) => report(world, await runningOrEnded(world), {}),
  },
  {
    name: 'a report that edits specs and adds a detour',
    lock: 'with an intent',
    prepare: async (world) => {
      await addOne(world);
      await run(world, 1);
    },
    perform: async (world) =>
      report(world, await runningOrEnded(world), {
        updateSpec: userMap({ x: 1 }),
        modSpec: [userMap({ _inc: { n: 1 } })],
        detours: [detour],
      }),
  },
  {
    name: 'a report of two parents of a join, one with an addition',
    lock: 'with an intent',
    prepare: async (world) => {
      await addOne(world);
      const first = await run(world, 1);
      await report(world, first, {});
      await run(world, 2, 3);
    },
    perform: async (world) => report(world, (await runningOrEnded(world)).slice(-2), { additions: [detour] }),
  },
  {
    name: 'a pause',
    lock: 'with an intent',
    prepare: addOne,
    perform: ({ launchpad }) => launchpad.pause({ key: 'pause', fwIds: fwIds(1, 2) }),
  },
  {
    name: 'a pause in two Workflows',
    lock: 'with an intent',
    prepare: async (world) => {
      await addOne(world);
      await world.launchpad.addWorkflows({ key: 'second', workflows: [newWorkflow(sketch)] });
    },
    perform: ({ launchpad }) => launchpad.pause({ key: 'pause', fwIds: fwIds(1, 5) }),
  },
  {
    name: 'a rerun of what is done',
    lock: 'with an intent',
    prepare: async (world) => {
      await addOne(world);
      await report(world, await run(world, 1), {});
    },
    perform: ({ launchpad }) => launchpad.rerun({ key: 'rerun', fwIds: fwIds(1) }),
  },
  {
    name: 'a defuse',
    lock: 'with an intent',
    prepare: addOne,
    perform: ({ launchpad }) => launchpad.defuse({ key: 'defuse', fwIds: fwIds(1, 3) }),
  },
  {
    name: 'an edit of specs',
    lock: 'with an intent',
    prepare: addOne,
    perform: ({ launchpad }) =>
      launchpad.updateSpecs({ key: 'edit', fwIds: fwIds(1, 2), set: userMap({ 'a.b': 1, n: 2 }) }),
  },
  {
    name: 'an appended Workflow',
    lock: 'with an intent',
    prepare: addOne,
    perform: ({ launchpad }) =>
      launchpad.appendWorkflow({
        key: 'append',
        workflow: detour,
        parents: fwIds(1),
        detour: true,
        pullSpecMods: true,
      }),
  },
  {
    name: 'a deletion',
    lock: 'with an intent',
    prepare: async (world) => {
      await addOne(world);
      await report(world, await run(world, 1), {});
    },
    perform: ({ launchpad }) => launchpad.deleteWorkflows({ key: 'delete', fwIds: fwIds(1) }),
  },
  {
    name: 'an import that keeps ids',
    prepare: async () => {},
    perform: ({ launchpad }) => launchpad.importWorkflows(imported),
    each: true,
  },
  {
    name: 'an import that gives new ids',
    prepare: addOne,
    perform: ({ launchpad }) => launchpad.importWorkflows(imported),
    each: true,
  },
];

/** The first Firework of each is done, so that the others are READY or wait. */
const imported: ImportWorkflows = {
  source: { launchpad: 'another', nextFwId: 9, nextLaunchId: 1 },
  workflows: [1, 5].map((first) =>
    newWorkflow({
      name: `from ${first}`,
      links: { [first]: [first + 1, first + 2], [first + 1]: [first + 3] },
      states: { [first]: 'COMPLETED', [first + 1]: 'READY', [first + 2]: 'READY' },
    }),
  ),
};

/** Claims, starts and reports one Firework, or goes on with that where another program stopped. */
async function runThrough(world: World, id: number): Promise<unknown> {
  const asked = { agentId: agentA, fworker: fworker(), count: 1, withoutTasks: [], fwId: fwId(id) };
  const claims = [];
  for (const key of ['claim', 'claim again']) {
    claims.push(...(await world.launchpad.claim({ ...asked, key, order: 'any' })).claims);
  }
  const launchIds = claims.map((one) => one.launchId);
  await start(world, launchIds);
  return report(world, (await runningOrEnded(world)).slice(-1), {});
}

/** Launches of the last run, whatever has become of them. */
async function runningOrEnded(world: World): Promise<LaunchId[]> {
  const { fireworks } = await world.store.findFireworks({ fields: 'ids' });
  return fireworks.flatMap((one) => one.launches).sort((a, b) => a - b);
}
