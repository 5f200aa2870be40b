import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describePlace, noLaunchPadFile, readLaunchPadFile } from '../src/launchpad-file.ts';
import { newSurroundings, writeText } from './surroundings.ts';

async function read(text: string, mode?: number) {
  const here = newSurroundings();
  return readLaunchPadFile(writeText(join(here.directory, 'my_launchpad.yaml'), text, mode), here);
}

describe('the place of the launchpad', () => {
  it('is a database file of the user when nothing is configured', () => {
    const here = newSurroundings();
    const { place, source } = noLaunchPadFile(here);
    expect(describePlace(place)).toBe(join(here.home, '.local/share/skyrocket/launchpad.db'));
    expect(source).toBeNull();
  });

  it('is a file beside my_launchpad.yaml when "file" is relative', async () => {
    const here = newSurroundings();
    const path = writeText(join(here.directory, 'conf', 'my_launchpad.yaml'), 'file: data/pad.db\n');
    const { place, source } = await readLaunchPadFile(path, here);
    expect(place).toEqual({ kind: 'embedded', file: join(here.directory, 'conf/data/pad.db') });
    expect(source).toBe(path);
  });

  it('is a MongoDB when the file is one of FireWorks', async () => {
    const { place, logDirectory, logLevel, warnings } = await read(
      [
        'host: db.example.org',
        'port: 27018',
        'name: campaign',
        'username: anna',
        'password: 1234',
        'authsource: admin',
        'logdir: /var/log/fw',
        'strm_lvl: debug',
        'ssl_ca_file: ""',
        'user_indices: [spec.formula]',
        'wf_user_indices: []',
        'mongoclient_kwargs: {tls: true}',
      ].join('\n'),
      0o600,
    );
    expect(place).toMatchObject({ kind: 'mongodb', host: 'db.example.org', port: 27018, name: 'campaign' });
    expect(place).toMatchObject({ username: 'anna', password: '1234', authSource: 'admin', uriMode: false });
    expect(place).toMatchObject({ userIndices: ['spec.formula'] });
    expect([logDirectory, logLevel, warnings]).toEqual(['/var/log/fw', 'DEBUG', []]);
  });

  it('is shown to people without its password', async () => {
    for (const uriMode of [true, false]) {
      const uri = 'mongodb://anna:se/cret@db:27017/people?tlsCertificateKeyFilePassword=word';
      const { place } = await read(`host: ${uri}\nname: fw\nuri_mode: ${uriMode}\n`, 0o600);
      expect(describePlace(place)).toBe('mongodb://db:27017/fw');
    }
  });
});

describe('the level of the log', () => {
  it.each([
    ['warn', 'WARNING'],
    ['FATAL', 'CRITICAL'],
    ['Error', 'ERROR'],
  ])('may be called %s, as in Python', async (word, level) => {
    expect((await read(`file: a.db\nstrm_lvl: ${word}\n`)).logLevel).toBe(level);
  });
});

describe('a my_launchpad.yaml with a secret', () => {
  it('must not be readable by others: a warning says how to close it', async () => {
    const { warnings } = await read('host: localhost\npassword: secret\n', 0o644);
    expect(warnings).toEqual([expect.stringMatching(/holds a secret \(password\).*run chmod 600 .*yaml$/)]);
    expect((await read('url: https://fw.example.org\ntoken: t\n', 0o600)).warnings).toEqual([]);
  });
});

describe('a my_launchpad.yaml that names a server without TLS', () => {
  it.each(['http://fw.example.org:8443', 'http://10.0.0.7/lp', 'http://localhost.example.org'])(
    'is told once that others can read the token: %s',
    async (url) => {
      const { warnings } = await read(`url: ${url}\ntoken: t\n`, 0o600);
      expect(warnings).toEqual([expect.stringMatching(/others can read .* the token too.*use https:\/\/$/)]);
      expect(warnings[0]).toContain(new URL(url).hostname);
    },
  );

  it.each(['http://localhost:8443', 'http://127.0.0.1:1', 'http://[::1]:1', 'https://fw.example.org'])(
    'is told nothing where nobody can: %s',
    async (url) => {
      expect((await read(`url: ${url}\n`)).warnings).toEqual([]);
    },
  );
});

describe('a my_launchpad.yaml that cannot be right is refused with file, line and key', () => {
  it.each([
    ['file: a.db\nhost: localhost\n', 'line 2, host: a launchpad has one place, and "file" names another'],
    ['logdir: /tmp\n', 'names no launchpad: give it "file:" (a path), "host:" (MongoDB) or "url:"'],
    ['host: localhost\nport: many\n', 'line 2, port: an integer is expected here, not a text'],
    ['host: localhost\nport: 0\n', 'line 2, port: 0 is less than 1'],
    ['host: localhost\nuri_mode: maybe\n', 'line 2, uri_mode: true or false is expected here, not a text'],
    ['host: mongodb://db/fw\nuri_mode: true\n', 'line 2, uri_mode: with a URI the database must be named'],
    ['host: [a]\n', 'line 1, host: a text is expected here, not a list'],
    [
      'file: a.db\n\nstrm_lvl: LOUD\n',
      'line 3, strm_lvl: "LOUD" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL',
    ],
    ['url: fw.example.org\n', 'line 1, url: "fw.example.org" is no address of a server'],
    ['file: a.db\nfile: b.db\n', 'line 2: the key "file" stands twice in one mapping'],
    ['- file: a.db\n', 'must hold a mapping, not a list'],
    ['file: [\n', 'line 2: not YAML'],
  ])('%j', async (text, message) => {
    const refusal = read(text);
    await expect(refusal).rejects.toThrow(message);
    await expect(refusal).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', exitCode: 2 });
    await expect(refusal).rejects.toThrow('my_launchpad.yaml');
  });

  it('but an unknown key is only told', async () => {
    expect((await read('file: a.db\nlogdri: /tmp\n')).warnings).toEqual([
      expect.stringMatching(/my_launchpad\.yaml: the key logdri is not known \(was logdir meant\?\)$/),
    ]);
  });
});
