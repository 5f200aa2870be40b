import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { StartLaunches, StartResult } from '@skyrocket/contract/running';
import type { Connection } from '@skyrocket/launchpad/store/sqlite/connection';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { emptyAction } from '@skyrocket/model/action';
import type { LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { longLeases } from './launchpad-contract/fresh-launchpad.ts';
import { add, claim, launch, register, reportOf, states } from './launchpad-contract/worker-steps.ts';
import { recorded } from './recorded-connection.ts';
import { agentId, fworker, independent, newKey, token, userMap } from './store-contract/samples.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

describe('a batch of Launches in a SQLite file', () => {
  let launchpad: LaunchPad;
  let statements: string[];

  beforeEach(async () => {
    const database = await openDatabase(await prepareDatabasePlace(join(await newFolder(), 'launchpad.db')));
    let connection: Connection;
    ({ connection, statements } = recorded(database));
    launchpad = storeLaunchPad(sqliteStore(connection), longLeases);
    await register(launchpad, 'a');
  });
  afterEach(() => launchpad.close());

  const startOf = (id: LaunchId) => ({
    launchId: id,
    token: token(`token of ${id}`),
    launchDir: `/launches/${id}`,
  });

  async function start(starts: StartLaunches['starts']): Promise<StartResult[]> {
    const place = { agentId: agentId('a'), fworker: fworker(), host: 'node01', ip: '10.0.0.2' };
    return (await launchpad.start({ key: newKey(), ...place, starts })).results;
  }

  /** How many statements it takes to run so many Fireworks. */
  async function statementsFor(count: number): Promise<number> {
    statements.length = 0;
    const ids = (await claim(launchpad, { count })).claims.map(({ launchId }) => launchId);
    expect(ids).toHaveLength(count);
    await start(ids.map(startOf));
    const begun = statements.length;
    const reports = await Promise.all(ids.map((id) => reportOf(launchpad, id)));
    const asked = statements.length - begun;
    await launchpad.report({ key: newKey(), reports });
    return statements.length - asked;
  }

  it('takes no more statements than one Launch', async () => {
    await add(launchpad, independent(41));
    const [few, many] = [await statementsFor(1), await statementsFor(40)];
    expect(many).toBeLessThanOrEqual(few);
    expect(new Set(Object.values(await states(launchpad)))).toEqual(new Set(['COMPLETED']));
  });

  it('takes no more statements than one Launch, if each has a Workflow of its own', async () => {
    for (let count = 0; count < 41; count++) await add(launchpad, independent(1));
    const [few, many] = [await statementsFor(1), await statementsFor(40)];
    expect(many).toBeLessThanOrEqual(few);
    const { count } = await launchpad.findWorkflows({
      fields: 'count',
      filter: userMap({ state: 'COMPLETED' }),
    });
    expect(count).toBe(41);
  });

  it('may tell different things, and have long checkpoints behind it', async () => {
    await add(launchpad, independent(4));
    const ids = (await claim(launchpad, { count: 4 })).claims.map(({ launchId }) => launchId);
    await start(ids.map(startOf));
    const storedData = (id: LaunchId) => userMap({ text: String(id).repeat(700_000) });
    const pings = ids.map((launchId) => ({
      launchId,
      token: token(`token of ${launchId}`),
      checkpoint: { taskIndex: 0, storedData: storedData(launchId), updateSpec: userMap({}), modSpec: [] },
    }));
    await launchpad.heartbeat({ agentId: agentId('a'), pings });
    const reports = await Promise.all(
      ids.map((id) =>
        reportOf(launchpad, id, {
          ...(id % 2 === 0 && { launchDir: 'null' }),
          action: { ...emptyAction(), ...(id > 2 && { storedData: userMap({ id }) }) },
        }),
      ),
    );
    await launchpad.report({ key: newKey(), reports });
    for (const id of ids) {
      const { state, history, launchDir, action } = await launch(launchpad, id);
      expect([state, history.map((entry) => entry.state)]).toEqual([
        'COMPLETED',
        ['RESERVED', 'RUNNING', 'COMPLETED'],
      ]);
      expect(history[1]?.checkpoint?.storedData).toEqual(storedData(id));
      expect(launchDir).toBe(id % 2 === 0 ? 'null' : `/launches/${id}`);
      expect(action).toEqual({ ...emptyAction(), storedData: userMap(id > 2 ? { id } : {}) });
    }
  });

  it('has the moment and the checkpoint of each in its history, in no more statements', async () => {
    await add(launchpad, independent(45));
    const few = await statementsFor(1);
    const ids = (await claim(launchpad, { count: 40 })).claims.map(({ launchId }) => launchId);
    await start(ids.map(startOf));
    const endOf = (id: LaunchId) => timestamp(Date.UTC(2100, 0, 1) + id);
    // Beside others that end alike: in the text of each, what stands for a moment elsewhere.
    const said = `"${timestamp(0)}" \u0001 "@"`;
    const checkpointOf = (id: LaunchId) => ({
      ...{ taskIndex: id % 2, updateSpec: userMap({}), modSpec: [] },
      storedData: userMap(id % 5 === 0 ? { said } : {}),
    });
    const reports = await Promise.all(
      ids.map((id) => reportOf(launchpad, id, { endedOn: endOf(id), checkpoint: checkpointOf(id) })),
    );
    statements.length = 0;
    await launchpad.report({ key: newKey(), reports });
    expect(statements.length).toBeLessThan(few);
    for (const id of ids) {
      const { history } = await launch(launchpad, id);
      expect(history.map(({ state }) => state)).toEqual(['RESERVED', 'RUNNING', 'COMPLETED']);
      expect(history[1]).toMatchObject({ updatedOn: endOf(id), checkpoint: checkpointOf(id) });
      expect(history[2]?.createdOn).toBe(endOf(id));
    }
  });
});
