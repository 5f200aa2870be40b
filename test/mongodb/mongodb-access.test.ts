import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';

/** Every form of my_launchpad.yaml that names MongoDB, with the real lpad and a real mongod that asks for what it says. */

/** Readable for its owner only, as it has a password. */
function launchpadFile(site: Site, yaml: string): string {
  const file = site.write('my_launchpad.yaml', yaml);
  chmodSync(file, 0o600);
  return file;
}

/** Adds a Firework to the launchpad of a my_launchpad.yaml, and counts what is there. */
async function use(site: Site, yaml: string) {
  const file = launchpadFile(site, yaml);
  const added = await site.run('lpad', '-l', file, 'add_scripts', 'true');
  return added.code === 0 ? site.ask('-l', file, 'get_fws', '-d', 'count') : added;
}

/** What a user reads when it does not work: one sentence. */
async function refusal(site: Site, yaml: string) {
  const file = launchpadFile(site, yaml);
  const { code, stdout, stderr } = await site.run('lpad', '-l', file, 'get_fws', '-d', 'count');
  expect(stdout).toBe('');
  expect(stderr.trim().split('\n')).toHaveLength(1);
  return { code, stderr };
}

describe('a mongod that asks for a user name and a password', () => {
  let mongod: MongodProcess | null = null;
  const site = newSite();

  beforeAll(async () => {
    mongod = await startMongod('--', '--auth');
    const client = await MongoClient.connect(mongod.uri);
    const roles = [{ role: 'readWrite', db: 'fireworks' }];
    const admin = { user: 'root', pwd: 'for the test', roles: ['root'] };
    // Without users the first may be made from this machine.
    await client.db('admin').command({ createUser: admin.user, pwd: admin.pwd, roles: admin.roles });
    await client.close();
    const auth = { username: admin.user, password: admin.pwd };
    const asRoot = await MongoClient.connect(mongod.uri, { auth, authSource: 'admin' });
    await asRoot.db('fireworks').command({ createUser: 'alice', pwd: 'p:/@w', roles });
    await asRoot.db('people').command({ createUser: 'bob', pwd: 'secret', roles });
    await asRoot.close();
  }, patiently);
  afterAll(async () => {
    await mongod?.stop();
  });

  const here = () => `host: 127.0.0.1\nport: ${mongod?.port}\nname: fireworks\n`;

  it(
    'takes them from username, password and authsource, or from a whole URI',
    async () => {
      const uri = (user: string) => `mongodb://${user}@127.0.0.1:${mongod?.port}/?authSource=people`;
      expect(await use(site, `${here()}username: alice\npassword: "p:/@w"\n`)).toBe(1);
      expect(await use(site, `${here()}username: bob\npassword: secret\nauthsource: people\n`)).toBe(2);
      expect(await use(site, `host: ${uri('bob:secret')}\nname: fireworks\nuri_mode: true\n`)).toBe(3);
      const kwargs = 'mongoclient_kwargs: {authSource: people, maxPoolSize: 3}';
      expect(await use(site, `${here()}username: bob\npassword: secret\n${kwargs}\n`)).toBe(4);
    },
    patiently,
  );

  it(
    'refuses a wrong password, none, and the wrong database of users, each in one sentence without the password',
    async () => {
      const wrong = [
        `${here()}username: alice\npassword: wr0ng\n`,
        here(),
        `${here()}username: bob\npassword: secret\n`,
        `host: mongodb://bob:wr0ng@127.0.0.1:${mongod?.port}/?authSource=people\nname: fireworks\nuri_mode: true\n`,
      ];
      for (const yaml of wrong) {
        const { code, stderr } = await refusal(site, yaml);
        expect(code).toBe(2);
        expect(stderr).toMatch(/refuses the user name or password: check username, password and authsource/);
        expect(stderr).not.toMatch(/wr0ng|secret/);
      }
    },
    patiently,
  );
});

describe('a mongod that speaks TLS only', () => {
  let mongod: MongodProcess | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-tls-'));
  const site = newSite();
  const pem = (name: string) => join(folder, `${name}.pem`);

  beforeAll(async () => {
    for (const name of ['ca', 'other']) openssl('req', ...newKey(name), '-x509', '-subj', `/CN=${name}`);
    for (const name of ['server', 'client']) sign(name);
    const files = ['--tlsCertificateKeyFile', pem('server'), '--tlsCAFile', pem('ca')];
    const lenient = '--tlsAllowConnectionsWithoutCertificates';
    mongod = await startMongod('--', '--tlsMode', 'allowTLS', ...files, lenient);
    // It begins without, for the program that starts it.
    const client = await MongoClient.connect(mongod.uri);
    for (const tlsMode of ['preferTLS', 'requireTLS']) {
      await client.db('admin').command({ setParameter: 1, tlsMode });
    }
    await client.close();
  }, patiently);
  afterAll(async () => {
    await mongod?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function openssl(...words: string[]): void {
    const { status, stderr } = spawnSync('openssl', words, { encoding: 'utf8', cwd: folder });
    if (status !== 0) throw new Error(`openssl ${words.join(' ')}: ${stderr}`);
  }

  const newKey = (name: string) => [
    ...['-newkey', 'rsa:2048', '-nodes', '-days', '2'],
    ...['-keyout', `${name}.key`, '-out', `${name}.pem`],
  ];

  /** A certificate for this machine, with its key in the same file, as MongoDB's drivers want it. */
  function sign(name: string): void {
    openssl('req', ...newKey(name), '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1');
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', `${name}.pem`, ...by, '-days', '2', '-out', `${name}.crt`);
    const text = ['crt', 'key'].map((kind) => readFileSync(join(folder, `${name}.${kind}`), 'utf8')).join('');
    writeFileSync(pem(name), text);
  }

  const here = () => `host: 127.0.0.1\nport: ${mongod?.port}\nname: fireworks\n`;
  const kwargs = (options: Record<string, unknown>) => `mongoclient_kwargs: ${JSON.stringify(options)}\n`;

  it(
    'is reached by mongoclient_kwargs, in new words and old, and by a URI',
    async () => {
      expect(await use(site, here() + kwargs({ tls: true, tlsCAFile: pem('ca') }))).toBe(1);
      const old = { ssl: true, ssl_ca_certs: pem('ca'), ssl_certfile: pem('client') };
      expect(await use(site, here() + kwargs(old))).toBe(2);
      const uri = `mongodb://127.0.0.1:${mongod?.port}/?tls=true&tlsCAFile=${encodeURIComponent(pem('ca'))}`;
      expect(await use(site, `host: ${uri}\nname: fireworks\nuri_mode: true\n`)).toBe(3);
    },
    patiently,
  );

  it(
    'is not trusted when another authority signed it, nor reached without TLS: one sentence',
    async () => {
      const soon = { serverSelectionTimeoutMS: 500 };
      for (const options of [{ tls: true, tlsCAFile: pem('other') }, {}]) {
        const { code, stderr } = await refusal(site, here() + kwargs({ ...options, ...soon }));
        expect(code).toBe(1);
        expect(stderr).toMatch(/MongoDB at mongodb:\/\/127\.0\.0\.1:\d+\/fireworks does not answer \(/);
      }
    },
    patiently,
  );
});
