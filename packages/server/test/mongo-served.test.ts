import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leaseTerms } from '@skyrocket/launchpad/lease-terms';
import { connect, type MongoConnection } from '@skyrocket/launchpad/store/mongo/connection';
import { mongoStore } from '@skyrocket/launchpad/store/mongo/mongo-store';
import { add, complete, states } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { mongoSettings } from '../../launchpad/test/mongo-settings.ts';
import { type MongodProcess, startMongod } from '../../launchpad/test/mongod-process.ts';
import { chain, independent, userMap } from '../../launchpad/test/store-contract/samples.ts';
import { listenTo } from './event-listener.ts';
import { type ServedLaunchPad, serveStore } from './served-launchpad.ts';

// Real servers, where other tests start theirs.

describe.each([
  ['a standalone mongod', []],
  ['a replica set', ['--replica-set']],
])('a server over %s', (_kind, options) => {
  let mongod: MongodProcess | null = null;
  let connection: MongoConnection;
  let served: ServedLaunchPad;

  beforeAll(async () => {
    mongod = await startMongod(...options, '--', '--setParameter', 'enableTestCommands=1');
    connection = await connect(mongoSettings(mongod, 'served'));
    served = await serveStore(mongoStore(connection), leaseTerms);
  }, 120_000);

  afterAll(async () => {
    await served?.close();
    await mongod?.stop();
  });

  it('runs Workflows, by tokens that it keeps', async () => {
    const user = await served.as();
    const worker = await served.as({ role: 'worker' });
    const [first = 0] = await add(user, chain);
    await complete(worker, first);
    expect(await states(user)).toMatchObject({ [first]: 'COMPLETED', [first + 1]: 'READY' });
  });

  it('tells what Python programs change, which date it in two ways', async () => {
    const [text = 0, date = 0] = await add(served.stored, independent(2));
    const listener = await listenTo(served, await served.token({ role: 'reader' }));
    const now = new Date();
    await connection.fireworks.updateOne(
      { fw_id: text },
      { $set: { state: 'DEFUSED', updated_on: now.toISOString().replace('Z', '') } },
    );
    await connection.fireworks.updateOne({ fw_id: date }, { $set: { state: 'PAUSED', updated_on: now } });
    await listener.until(({ fw_id, state }) => fw_id === text && state === 'DEFUSED');
    await listener.until(({ fw_id, state }) => fw_id === date && state === 'PAUSED');
    listener.close();
  });

  it('ends queries that take too long', async () => {
    const user = await served.as();
    const admin = connection.client.db('admin');
    await admin.command({ configureFailPoint: 'maxTimeAlwaysTimeOut', mode: 'alwaysOn' });
    try {
      const tooLong = { code: 'BAD_QUERY', message: expect.stringMatching(/takes too long/) };
      const filter = userMap({ 'spec.text': { $regex: '^(a+)+$' } });
      for (const fields of ['count', 'summary'] as const) {
        await expect(user.findFireworks({ fields, filter })).rejects.toMatchObject(tooLong);
        await expect(user.findWorkflows({ fields, filter })).rejects.toMatchObject(tooLong);
      }
    } finally {
      await admin.command({ configureFailPoint: 'maxTimeAlwaysTimeOut', mode: 'off' });
    }
  });

  it('looks tokens up in the database, so that another server knows them too', async () => {
    const secret = await served.token({ label: randomUUID() });
    const other = await serveStore(mongoStore(await connect(mongoSettings(mongod, 'served'))), leaseTerms);
    const answer = await other.send('/v1/identity', {
      method: 'POST',
      body: '{}',
      token: secret,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, await answer.json()]).toEqual([200, await served.stored.identity()]);
    await other.close();
  });
});
