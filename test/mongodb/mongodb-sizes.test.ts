import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { OfflineNews } from '@skyrocket/contract/offline';
import { emptyAction } from '@skyrocket/model/action';
import { type FwId, fwId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { fromPlain } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import { type Db, MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { userMap } from '../../packages/launchpad/test/store-contract/samples.ts';
import { type SkyrocketSide, startSkyrocketSide } from './skyrocket-side.ts';

/** What would make a document larger than the 16 MiB that MongoDB takes is refused before anything is written. */

const task = { _fw_name: 'ScriptTask', script: 'true' };
const megabytes = (count: number) => 'x'.repeat(count * 1_000_000);
const firework = (fw_id: number, spec = {}) => ({
  ...{ fw_id, name: `firework ${fw_id}` },
  spec: { _tasks: [task], ...spec },
});
/** Three Fireworks, all of them parents of a fourth. */
const fanIn = (joinSpec = {}) => ({
  ...{ name: 'fan-in', metadata: {} },
  fws: [firework(-1), firework(-2), firework(-3), firework(-4, joinSpec)],
  links: { '-1': [-4], '-2': [-4], '-3': [-4] },
});

describe('a document that would become too large for MongoDB', () => {
  let mongod: MongodProcess | null = null;
  let client: MongoClient | null = null;
  let skyrocket: SkyrocketSide;
  let db: Db;

  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    db = client.db('sizes');
    skyrocket = await startSkyrocketSide(mongod.uri, 'sizes');
  }, 120_000);
  beforeEach(async () => {
    for (const name of ['fireworks', 'workflows', 'launches']) await db.collection(name).deleteMany({});
  });
  afterAll(async () => {
    await skyrocket?.close();
    await client?.close();
    await mongod?.stop();
  });

  /** The Fireworks of the fan-in, of which the first three are RUNNING, and their Launches. */
  async function started(joinSpec = {}) {
    const ids = await skyrocket.add(fanIn(joinSpec));
    // Ids are given from the lowest on.
    return { join: fwId(Math.min(...ids)), launches: await skyrocket.startMany(3) };
  }

  async function states(): Promise<string[]> {
    const all = await db
      .collection('fireworks')
      .find({}, { projection: { state: 1 } })
      .toArray();
    return all.map(({ state }) => String(state)).sort();
  }

  async function expectNoLock() {
    const workflows = await db.collection('workflows').find({}).toArray();
    for (const workflow of workflows) expect(workflow).not.toHaveProperty('locked');
    expect(await db.collection('skyrocket_intents').countDocuments()).toBe(0);
  }

  const keysOf = async (id: FwId) => {
    const [found] = await db.collection('fireworks').find({ fw_id: id }).project({ spec: 1 }).toArray();
    return Object.keys(found?.spec);
  };

  it('FIZZLES only the Launch whose action asks for it, with size and key: the others of the same report count', async () => {
    const { join, launches } = await started();
    const actions = ['a', 'b', 'c'].map((key) => ({
      update_spec: { [key]: megabytes(key === 'c' ? 1 : 9) },
    }));
    expect(await skyrocket.completeMany(launches, actions)).toEqual(['applied', 'refused', 'applied']);
    expect(await states()).toEqual(['COMPLETED', 'COMPLETED', 'FIZZLED', 'WAITING']);
    expect(await keysOf(join)).toEqual(['_tasks', 'a', 'c']);
    const { launches: kept } = await skyrocket.launchpad.findLaunches({ launchIds: launches.slice(1, 2) });
    expect(kept[0]).toMatchObject({ state: 'FIZZLED' });
    expect(kept[0]?.action?.storedData.get('_message')).toMatch(
      new RegExp(`Firework ${join} would have 18\\d{6} bytes.*: spec\\.b is the largest part`),
    );
    await expectNoLock();
  });

  it('FIZZLES only that one of the Launches that have run offline', async () => {
    const ids = await skyrocket.add(fanIn());
    const { launchpad } = skyrocket;
    const place = { host: 'login', ip: '10.0.0.9', launchDir: '/offline' };
    const worker = { name: 'worker', category: '', query: userMap({}), env: userMap({}) };
    const runs: OfflineNews[] = [];
    for (const [index, id] of [...ids]
      .sort((a, b) => a - b)
      .slice(1)
      .entries()) {
      const key = crypto.randomUUID();
      const { reservation } = await launchpad.reserve({
        key,
        fworker: worker,
        order: 'any',
        fwId: id,
        ...place,
      });
      if (!reservation) throw new Error(`Firework ${id} cannot be reserved`);
      const updateSpec = userMap({ [`from_${index}`]: megabytes(index === 0 ? 1 : 9) });
      const at = timestamp(Date.UTC(2030, 0, 1));
      const ended = { state: 'COMPLETED', action: { ...emptyAction(), updateSpec }, endedOn: at } as const;
      runs.push({ launchId: reservation.launchId, fwId: id, startedOn: at, ended });
    }
    await launchpad.registerOffline({ launchIds: runs.map((run) => run.launchId) });
    const { results } = await launchpad.tellOffline({ runs });
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'applied', 'refused']);
    expect([...(await states())].sort()).toEqual(['COMPLETED', 'COMPLETED', 'FIZZLED', 'WAITING']);
    expect(await launchpad.findOffline()).toEqual({ runs: [] });
    await expectNoLock();
  });

  it('is told the same when the report is repeated', async () => {
    const { launches } = await started({ table: megabytes(16) });
    const actions = [{ update_spec: { more: megabytes(1) } }];
    for (const _ of [1, 2]) {
      expect(await skyrocket.completeMany(launches.slice(0, 1), actions)).toEqual(['refused']);
      expect(await states()).toEqual(['FIZZLED', 'RUNNING', 'RUNNING', 'WAITING']);
    }
  });

  it('counts when it has grown by many small edits, too', async () => {
    const { launches } = await started({ table: megabytes(16.5) });
    const actions = ['a', 'b', 'c'].map((key) => ({ update_spec: { [key]: megabytes(0.12) } }));
    expect(await skyrocket.completeMany(launches, actions)).toEqual(['applied', 'refused', 'refused']);
    await expectNoLock();
  });

  it('does not count what an edit replaces', async () => {
    const { join, launches } = await started({ table: megabytes(10), list: [megabytes(5)] });
    const actions = [
      { update_spec: { table: megabytes(9) } },
      { mod_spec: [{ _push: { list: 1 } }] },
      { mod_spec: [{ _unset: { table: '' }, _set: { other: megabytes(8) } }] },
    ];
    expect(await skyrocket.completeMany(launches, actions)).toEqual(['applied', 'applied', 'applied']);
    expect(await keysOf(join)).toEqual(expect.arrayContaining(['list', 'other']));
  });

  it('FIZZLES the Launch that adds such a Firework', async () => {
    const { launches } = await started();
    const large = { ...fanIn(), fws: [firework(-1, { table: megabytes(17) })], links: {} };
    const actions = [{ additions: [large] }, { detours: [large] }];
    expect(await skyrocket.completeMany(launches, actions)).toEqual(['refused', 'refused', 'applied']);
    expect(await states()).toEqual(['COMPLETED', 'FIZZLED', 'FIZZLED', 'WAITING']);
    await expectNoLock();
  });

  it('is refused to a user who edits a spec or appends a Workflow, and what was there stays as it was', async () => {
    const ids = await skyrocket.add(fanIn({ table: megabytes(10) }));
    const join = fwId(Math.min(...ids));
    const before = await db.collection('workflows').findOne({});
    const { launchpad } = skyrocket;
    const key = () => crypto.randomUUID();
    const set = userMap({ more: megabytes(7) });
    await expect(launchpad.updateSpecs({ key: key(), fwIds: [join], set })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/would have 17\d{6} bytes.*spec\.more/),
    });
    const large = { ...fanIn(), fws: [firework(-1, { table: megabytes(17) })], links: {} };
    const workflow = newWorkflowFromDocument(fromPlain(large));
    const appending = { key: key(), workflow, parents: [join], detour: false, pullSpecMods: true };
    await expect(launchpad.appendWorkflow(appending)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringMatching(/spec\.table/),
    });
    expect(await db.collection('workflows').findOne({})).toEqual(before);
    expect(await keysOf(join)).toEqual(['_tasks', 'table']);
    await launchpad.updateSpecs({ key: key(), fwIds: ids, set: userMap({ small: 1 }) });
    expect(await keysOf(join)).toEqual(['_tasks', 'table', 'small']);
  });
});
