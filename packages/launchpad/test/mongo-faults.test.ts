import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { ImportWorkflows } from '@skyrocket/contract/maintenance';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import type { LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { type Death, dyingConnection } from './dying-connection.ts';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
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
} from './store-contract/samples.ts';

/**
 * Each operation is made by a program that dies at its first write, then by one that dies at its second, and so on: before
 * the write, and after it but before its answer. Then another program does upkeep (when the dead one's locks have ended, by
 * its clock), and the call is repeated with its key. The database must be as if nothing had happened.
 */

const sketch: Sketch = {
  name: 'workflow',
  links: { 1: [2, 3], 2: [4], 3: [4] },
  specs: { 3: { n: 1 } },
};

interface World {
  launchpad: LaunchPad;
  store: Store;
}

interface Operation {
  name: string;
  /** What was there before. */
  prepare(world: World): Promise<void>;
  /** Made by the program that dies, and repeated by another. */
  perform(world: World): Promise<unknown>;
  /** Whether it is done for each Firework on its own, so that a part of it may be there. */
  each?: true;
}

const agentA = agentId('a');

async function addOne({ launchpad }: World): Promise<void> {
  await launchpad.addWorkflows({ key: 'first', workflows: [newWorkflow(sketch)] });
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
      ...{ action: action(members), endedOn: timestamp(Date.UTC(2030, 0, 1)) },
    })),
  });
}

async function launchesOf({ store }: World, state: string): Promise<LaunchId[]> {
  const filter = userMap({ state });
  const { fireworks } = await store.findFireworks({ fields: 'ids', filter });
  return fireworks.flatMap((one) => one.launches);
}

const detour = newWorkflow({ name: 'detour', specs: { [-1]: { detour: true } } });

const operations: Operation[] = [
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
    name: 'a report that frees children',
    prepare: async (world) => {
      await addOne(world);
      await run(world, 1);
    },
    perform: async (world) => report(world, await runningOrEnded(world), {}),
  },
  {
    name: 'a report that edits specs and adds a detour',
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
    prepare: addOne,
    perform: ({ launchpad }) => launchpad.pause({ key: 'pause', fwIds: fwIds(1, 2) }),
  },
  {
    name: 'a rerun of what is done',
    prepare: async (world) => {
      await addOne(world);
      await report(world, await run(world, 1), {});
    },
    perform: ({ launchpad }) => launchpad.rerun({ key: 'rerun', fwIds: fwIds(1) }),
  },
  {
    name: 'a defuse',
    prepare: addOne,
    perform: ({ launchpad }) => launchpad.defuse({ key: 'defuse', fwIds: fwIds(1, 3) }),
  },
  {
    name: 'an edit of specs',
    prepare: addOne,
    perform: ({ launchpad }) =>
      launchpad.updateSpecs({ key: 'edit', fwIds: fwIds(1, 2), set: userMap({ 'a.b': 1, n: 2 }) }),
  },
  {
    name: 'an appended Workflow',
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

/** Launches of the last run, whatever has become of them. */
async function runningOrEnded(world: World): Promise<LaunchId[]> {
  const { fireworks } = await world.store.findFireworks({ fields: 'ids' });
  return fireworks.flatMap((one) => one.launches).sort((a, b) => a - b);
}

describe('a program that dies at any of its writes', () => {
  let mongod: MongodProcess | null = null;
  let survivor: MongoConnection | null = null;
  beforeAll(async () => {
    mongod = await startMongod();
    const connection = await connect(mongoSettings(mongod, 'faults'));
    const anHourLater = () => timestamp(Date.now() + 3_600_000);
    survivor = { ...connection, now: anHourLater, setClock: async () => {} };
  }, 120_000);
  afterAll(async () => {
    await survivor?.client.close();
    await mongod?.stop();
  });

  const alive = (): { world: World; connection: MongoConnection } => {
    if (!survivor) throw new Error('mongod has not been started');
    const store = mongoStore(survivor);
    return { world: { store, launchpad: storeLaunchPad(store) }, connection: survivor };
  };

  it.each(operations)(
    'leaves what upkeep finishes or takes back: $name',
    async (operation) => {
      const { world, connection } = alive();
      const fresh = async () => {
        await world.store.reset({ key: crypto.randomUUID() });
        connection.homes.forget();
        connection.witnesses.forget();
        await operation.prepare(world);
      };
      await fresh();
      const before = await picture(connection);
      await operation.perform(world);
      const after = await picture(connection);
      expect(await flaws(connection)).toEqual([]);
      let deaths = 0;
      for (let write = 1; ; write++) {
        let died = false;
        for (const when of ['before it', 'before its answer'] as const) {
          await fresh();
          died = await performAndDie(operation, { write, when });
          if (!died) break;
          deaths += 1;
          await doUpkeep(world);
          const moment = { operation: operation.name, write, when };
          if (!operation.each) {
            const now = await picture(connection);
            expect({ moment, now }).toEqual({ moment, now: sameAs(now, before) ? before : after });
            expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
          }
          await operation.perform(world);
          expect({ moment, now: await picture(connection) }).toEqual({ moment, now: after });
          expect({ moment, flaws: await flaws(connection) }).toEqual({ moment, flaws: [] });
        }
        if (!died) break;
      }
      expect(deaths).toBeGreaterThan(3);
    },
    120_000,
  );

  async function performAndDie(operation: Operation, at: Death): Promise<boolean> {
    if (!mongod) throw new Error('mongod has not been started');
    // What a program does when it opens a database is not what is tested.
    const settings = mongoSettings(mongod, 'faults');
    const wire = await dyingConnection(mongod.port);
    const connection = await connect({
      ...settings,
      uri: `mongodb://127.0.0.1:${wire.port}/?directConnection=true`,
      options: { serverSelectionTimeoutMS: 500 },
    });
    const store = mongoStore(connection);
    wire.dieAt(at);
    try {
      await operation.perform({ store, launchpad: storeLaunchPad(store) });
      return false;
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      return true;
    } finally {
      await wire.close();
      await store.close();
    }
  }
});

async function doUpkeep({ store }: World): Promise<void> {
  const ids = await store.unfinished();
  if (ids.length === 0) return;
  const { refreshFireworks } = await import('@skyrocket/model/decisions/refresh');
  await store.decide({ key: null, seeds: { fwIds: ids, launchIds: [] }, answer: () => '' }, (view) =>
    refreshFireworks(view.neighbourhood, { fwIds: ids }),
  );
}

const sameAs = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The database without ids that depend on how often something was tried, and without times. */
async function picture({ fireworks, workflows, launches }: MongoConnection): Promise<unknown> {
  const launchStates = new Map<number, string>();
  for await (const launch of launches.find({})) launchStates.set(launch.launch_id, launch.state);
  const states = (ids: number[]) => ids.map((id) => launchStates.get(id) ?? 'missing');
  const all = await fireworks.find({}).sort({ fw_id: 1 }).toArray();
  const order = new Map(all.map((one, index) => [String(one.fw_id), index]));
  const renumbered = (map: Record<string, unknown>) =>
    Object.entries(map).map(([id, value]) => [
      order.get(id),
      Array.isArray(value) ? value.map((one) => order.get(String(one))) : value,
    ]);
  return {
    fireworks: all.map((one) => ({
      ...{ name: one.name, state: one.state, spec: one.spec },
      ...{ launches: states(one.launches), archived: states(one.archived_launches) },
    })),
    workflows: (await workflows.find({}).sort({ _id: 1 }).toArray()).map((one) => ({
      ...{
        name: one.name,
        state: one.state,
        locked: one.locked,
        nodes: one.nodes.map((id: number) => order.get(String(id))),
      },
      ...{
        links: renumbered(one.links),
        parents: renumbered(one.parent_links),
        states: renumbered(one.fw_states),
      },
    })),
  };
}

/** What does not fit together in the database. */
async function flaws(connection: MongoConnection): Promise<string[]> {
  const { fireworks, workflows, launches, intents } = connection;
  const found: string[] = [];
  if ((await intents.countDocuments({})) > 0) found.push('an intent is left');
  const states = new Map<string, string>();
  for await (const one of fireworks.find({})) states.set(String(one.fw_id), one.state);
  let members = 0;
  for await (const workflow of workflows.find({})) {
    if (workflow.locked !== undefined) found.push('a lock is left');
    members += workflow.nodes.length;
    for (const [id, state] of Object.entries(workflow.fw_states)) {
      if (states.get(id) !== state) found.push(`Firework ${id} is ${states.get(id)}, its copy ${state}`);
    }
  }
  if (members !== states.size) found.push(`${states.size} Fireworks, ${members} nodes`);
  const held = await fireworks.distinct('launches');
  const archived = await fireworks.distinct('archived_launches');
  const known = await launches.distinct('launch_id');
  for (const id of [...held, ...archived].filter((one) => one !== undefined))
    if (!known.includes(id)) found.push(`Launch ${id} is not there`);
  return found;
}
