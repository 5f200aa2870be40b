import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import type { Store } from '@skyrocket/launchpad/store/store';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { launchId } from '@skyrocket/model/ids';
import type { CommandStartedEvent } from 'mongodb';
import { mongoSettings } from './mongo-settings.ts';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { fwIds, independent } from './store-contract/samples.ts';
import { add, claim, decide, firework, register, start } from './store-contract/steps.ts';

/** Two programs that claim Fireworks one by one, and Python, which resets the database under them. */
describe('ids of Launches that were drawn ahead', () => {
  let mongod: MongodProcess | null = null;
  let connection: MongoConnection;
  let [one, another]: [Store | null, Store | null] = [null, null];
  const sent: string[] = [];

  beforeAll(async () => {
    mongod = await startMongod();
    const settings = mongoSettings(mongod, 'spare_ids');
    connection = await connect({ ...settings, options: { monitorCommands: true } });
    connection.client.on('commandStarted', ({ command }: CommandStartedEvent) => {
      if ('findAndModify' in command) sent.push(String(command.findAndModify));
    });
    one = mongoStore(connection);
    another = mongoStore(await connect(settings));
  }, 120_000);
  afterAll(async () => {
    await one?.close();
    await another?.close();
    await mongod?.stop();
  });
  beforeEach(async () => {
    await opened(one).reset({ key: crypto.randomUUID() });
    await fill();
  });

  function opened(store: Store | null): Store {
    if (!store) throw new Error('mongod has not been started');
    return store;
  }

  async function fill(): Promise<void> {
    await add(opened(one), independent(40));
    await register(opened(one), 'a');
  }

  async function claimSingly(store: Store | null, count: number): Promise<number[]> {
    const ids: number[] = [];
    for (let claimed = 0; claimed < count; claimed++) {
      const { claims } = await claim(opened(store), { count: 1 });
      ids.push(...claims.map(({ launchId }) => Number(launchId)));
    }
    return ids;
  }

  /** As Python's `lpad reset` does it. */
  async function resetByPython(): Promise<void> {
    const { fireworks, workflows, launches, idAssigner } = connection;
    for (const collection of [fireworks, workflows, launches]) await collection.deleteMany({});
    await idAssigner.replaceOne({}, { next_fw_id: 1, next_launch_id: 1 });
  }

  const countFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

  it('are given in their order, and drawn with one command for many', async () => {
    sent.length = 0;
    expect(await claimSingly(one, 12)).toEqual(countFrom(1, 12));
    expect(sent.filter((collection) => collection === 'fw_id_assigner')).toHaveLength(2);
  });

  it('are given to one program only', async () => {
    const ids = [
      ...(await claimSingly(one, 4)),
      ...(await claimSingly(another, 4)),
      ...(await claimSingly(one, 20)),
    ];
    expect(new Set(ids).size).toBe(28);
  });

  it('are not used for a Firework that has a later Launch, since FireWorks takes the highest id for its last', async () => {
    await claimSingly(one, 3);
    const [id = 0] = await claimSingly(another, 1);
    await start(opened(another), launchId(id));
    await decide(opened(another), { fwIds: fwIds(4) }, (view) =>
      rerun(view.neighbourhood, { fwIds: fwIds(4) }),
    );
    const [again = 0] = await claimSingly(one, 1);
    expect(await firework(opened(one), 4)).toMatchObject({ launches: [again], archivedLaunches: [id] });
    expect(again).toBeGreaterThan(id);
  });

  it('are not used any more when Python has reset the database', async () => {
    await claimSingly(one, 5);
    await resetByPython();
    await fill();
    expect(await claimSingly(one, 3)).toEqual([1, 2, 3]);
  });

  it('are not used either when others have claimed so many since the reset that they would seem to be drawn', async () => {
    await claimSingly(one, 5);
    await resetByPython();
    await fill();
    const others = await claimSingly(another, 25);
    const ids = await claimSingly(one, 3);
    expect(new Set([...others, ...ids]).size).toBe(28);
  });
});
