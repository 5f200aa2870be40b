import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLog } from '@skyrocket/contract/log';
import {
  type MongoPlace,
  mongoSettingsOf,
  mongoTerms,
  openMongoLaunchPad,
} from '@skyrocket/launchpad/open-mongodb';
import { connect } from '@skyrocket/launchpad/store/mongo/connection';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from './mongod-process.ts';
import { userMap } from './store-contract/samples.ts';

function place(members: Partial<MongoPlace> = {}): MongoPlace {
  return {
    ...{ host: 'db.example.org', port: 27017, name: 'fireworks', username: null, password: null },
    ...{
      authSource: null,
      uriMode: false,
      clientOptions: new Map(),
      userIndices: [],
      workflowUserIndices: [],
    },
    ...members,
  };
}

const settings = (members: Partial<MongoPlace>) => mongoSettingsOf(place(members), mongoTerms);

describe('a my_launchpad.yaml that names MongoDB', () => {
  it('gives host, port and database', () => {
    const { settings: found } = settings({ port: 27018, name: 'fw' });
    expect(found).toMatchObject({
      uri: 'mongodb://db.example.org:27018/',
      database: 'fw',
      location: 'mongodb://db.example.org:27018/fw',
    });
    expect(found.options).toEqual({ socketTimeoutMS: 300_000 });
  });

  it.each([
    ['::1', '[::1]:27017'],
    ['[::1]:27018', '[::1]:27018'],
    ['db:27018', 'db:27018'],
    ['a:27018, b', 'a:27018,b:27017'],
  ])(
    "may name the port with the host, and several hosts, as Python's driver takes them: %s",
    (host, hosts) => {
      const { settings: found } = settings({ host });
      expect(found.uri).toBe(`mongodb://${hosts}/`);
      expect(found.location).toBe(`mongodb://${hosts}/fireworks`);
    },
  );

  it('asks with no user name where it is empty', () => {
    expect(settings({ username: '', password: '' }).settings.options).toEqual({ socketTimeoutMS: 300_000 });
  });

  it('gives user name and password, for the database itself unless authsource says otherwise; they are never shown', () => {
    const { settings: own } = settings({ username: 'u@x', password: 'p:/w' });
    expect(own.options).toMatchObject({
      auth: { username: 'u@x', password: 'p:/w' },
      authSource: 'fireworks',
    });
    expect(JSON.stringify([own.uri, own.location])).not.toMatch(/p:\/w/);
    expect(settings({ username: 'u', password: 'p', authSource: 'admin' }).settings.options).toMatchObject({
      authSource: 'admin',
    });
  });

  it('takes a whole URI, which is shown without its password', () => {
    const host = 'mongodb+srv://u:secret@cluster.example.org/?retryWrites=true&tls=true&w=0';
    const { settings: found, ignored } = settings({ host, uriMode: true, name: 'fw' });
    expect(found.uri).toBe('mongodb+srv://u:secret@cluster.example.org/?tls=true');
    expect(found.location).toBe('mongodb+srv://cluster.example.org/fw');
    expect(ignored).toEqual(['retryWrites', 'w']);
  });

  it("understands the options of Python's driver, in any case, old names too", () => {
    const clientOptions = userMap({
      TLS: true,
      tlscafile: '/ca.pem',
      ssl_certfile: '/c.pem',
      maxpoolsize: 5,
      ssl_cert_reqs: 'CERT_NONE',
    });
    expect(settings({ clientOptions }).settings.options).toMatchObject({
      ...{ tls: true, tlsCAFile: '/ca.pem', tlsCertificateKeyFile: '/c.pem', maxPoolSize: 5 },
      tlsAllowInvalidCertificates: true,
    });
  });

  it('takes user name and password from mongoclient_kwargs, which FireWorks hands to its driver with uri_mode', () => {
    const clientOptions = userMap({ username: 'u@x', password: 'p:/w' });
    const { settings: found, ignored } = settings({ host: 'mongodb://db/', uriMode: true, clientOptions });
    expect(found.options).toEqual({ auth: { username: 'u@x', password: 'p:/w' } });
    expect(ignored).toEqual([]);
  });

  it('refuses an option that is none, by its name', () => {
    expect(() => settings({ clientOptions: userMap({ maxPoolSzie: 5 }) })).toThrow(/maxPoolSzie/);
  });

  it('takes no word about durability from anybody', () => {
    const clientOptions = userMap({
      w: 0,
      j: false,
      journal: false,
      readPreference: 'secondary',
      readConcernLevel: 'majority',
    });
    const { settings: found, ignored } = settings({ clientOptions });
    expect(Object.keys(found.options)).toEqual(['socketTimeoutMS']);
    expect(ignored).toEqual(['w', 'j', 'journal', 'readPreference', 'readConcernLevel']);
  });
});

describe('a FireWorks database that is opened', () => {
  let mongod: MongodProcess | null = null;
  beforeAll(async () => {
    mongod = await startMongod();
  }, 120_000);
  afterAll(async () => {
    await mongod?.stop();
  });
  const here = (name: string) => place({ host: '127.0.0.1', port: mongod?.port ?? 0, name });

  it("gets FireWorks' indexes, those that the site asked for, and ids from 1", async () => {
    const launchpad = await openMongoLaunchPad({
      place: { ...here('fresh'), userIndices: ['spec.formula'] },
      log: silentLog,
    });
    await launchpad.close();
    const client = await MongoClient.connect(mongod?.uri ?? '');
    const db = client.db('fresh');
    const names = (await db.collection('fireworks').indexes()).map((index) => index.name);
    expect(names).toEqual(
      expect.arrayContaining(['fw_id_1', 'state_-1_spec._priority_-1_created_on_-1', 'spec.formula_1']),
    );
    expect(await db.collection('fw_id_assigner').find({}).toArray()).toEqual([
      { _id: -1, next_fw_id: 1, next_launch_id: 1 },
    ]);
    await client.close();
  });

  it('acknowledges only what is durable, whatever the URI says', async () => {
    const uri = `mongodb://127.0.0.1:${mongod?.port}/?w=0`;
    const { settings: found } = mongoSettingsOf(
      place({ host: uri, uriMode: true, name: 'durable' }),
      mongoTerms,
    );
    const connection = await connect(found);
    expect(connection.fireworks.writeConcern).toMatchObject({ w: 1, journal: true });
    expect(connection.fireworks.readPreference?.mode).toBe('primary');
    await connection.client.close();
  });

  it.each([
    ['a password that is not escaped', 'mongodb://u:se/cret@127.0.0.1:1/', /unescaped/],
    ['a password that splits the hosts', 'mongodb://u:se@cret@127.0.0.1:1/', /./],
    ['an option that is none', 'mongodb://127.0.0.1:1/?fooBar=1', /option foobar is not supported/],
    ['a port that is none', 'mongodb://127.0.0.1:99999/', /127\.0\.0\.1:99999/],
    ['a scheme that is none', 'mongo://127.0.0.1/', /Invalid scheme/],
    [
      'a file that is not there',
      'mongodb://127.0.0.1:1/?tls=true&tlsCAFile=/nosuch.pem',
      /no such file.*nosuch/,
    ],
  ])('is not opened by %s: one sentence says what is wrong', async (_, host, reason) => {
    const opening = openMongoLaunchPad({ place: place({ host, uriMode: true }), log: silentLog });
    await expect(opening).rejects.toMatchObject({ code: 'BAD_CONFIGURATION' });
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.not.toThrow(/cret/);
  });

  it('is not opened when nobody answers: one sentence that names it, without a password', async () => {
    const nobody = place({
      host: '127.0.0.1',
      port: 1,
      username: 'u',
      password: 'secret',
      clientOptions: userMap({ serverSelectionTimeoutMS: 200 }),
    });
    const opening = openMongoLaunchPad({ place: nobody, log: silentLog });
    await expect(opening).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/127\.0\.0\.1:1\/fireworks/),
    });
    await expect(opening).rejects.toMatchObject({ message: expect.not.stringMatching(/secret/) });
  });
});
