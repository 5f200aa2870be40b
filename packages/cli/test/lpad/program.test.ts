import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { logLine } from '../../src/program/log.ts';
import { openLogFile } from '../../src/program/log-file.ts';
import { errorText, refuseUnsupported } from '../../src/program/run-program.ts';
import { newSite, type Site, withoutMoments } from '../site.ts';

const script = ['add_scripts', 'true'];

/** What a command says when the user made a mistake. */
async function refused(site: Site, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await site.lpad(...words);
  expect([code, stdout]).toEqual([2, '']);
  return stderr;
}

describe('lpad explains itself', () => {
  it('prints help without a command, and help of one command with -h', async () => {
    const site = newSite();
    const { code, stdout } = await site.lpad();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^usage: lpad \[-h\] \[-o OUTPUT\]/);
    expect(stdout).toContain('  get_wflows, get_wfs       show Workflows\n');
    expect((await site.lpad('admin')).stdout).toContain('  admin maintain ');
    expect((await site.lpad('track_fws', '-h')).stdout).toMatch(/^usage: lpad track_fws \[-h\]/);
  });

  it('says its version, and which launchpad is used and why', async () => {
    const site = newSite();
    expect((await site.lpad('-v')).stdout).toMatch(/^lpad v\d+\.\d+\.\d+ located in \/.+\n$/);
    expect(JSON.parse((await site.lpad('version')).stdout)).toMatchObject({
      launchpad: site.database,
      launchpad_kind: 'embedded',
      launchpad_file: null,
    });
    expect(existsSync(site.database)).toBe(false);
    const pad = site.write('my_launchpad.yaml', 'file: other.db\n');
    expect(JSON.parse((await site.lpad('version')).stdout)).toMatchObject({
      launchpad: join(site.directory, 'other.db'),
      launchpad_file: pad,
    });
  });

  it('says it at debug level with every command', async () => {
    const site = newSite();
    const { stderr } = await site.lpad('--loglvl', 'DEBUG', 'get_fws');
    expect(withoutMoments(stderr)).toContain(
      `<moment> DEBUG launchpad: ${site.database} (nothing is configured)\n`,
    );
  });

  it('names the program once, also where one of its own options is wrong', async () => {
    const site = newSite();
    expect(await refused(site, '-o', 'xml', 'get_fws')).toBe(
      'lpad: -o/--output: "xml" is none of json, yaml\n',
    );
    expect(await refused(site, 'get_fws', '-m', 'x')).toBe('lpad get_fws: -m/--max: "x" is not an integer\n');
  });

  it('tells a command that does not exist, and which was meant', async () => {
    const site = newSite();
    expect(await refused(site, 'get_fw')).toBe('lpad has no command get_fw (was get_fws meant?)\n');
    expect(await refused(site, 'frobnicate')).toBe('lpad has no command frobnicate (see lpad -h)\n');
    expect(await refused(site, 'admin', 'frobnicate')).toBe(
      'lpad has no command admin frobnicate (see lpad admin -h)\n',
    );
    expect(await refused(site, 'get_fws', '--loglvl', 'DEBUG')).toBe(
      'lpad get_fws: --loglvl is an option of lpad and stands before the subcommand\n',
    );
    expect(await refused(site, 'get_fws', 'x')).toBe(
      'lpad get_fws: "x" is one word too many (see lpad get_fws -h)\n',
    );
  });

  it.each([
    ['{state: READY', 'the query {state: READY is neither JSON nor a Python literal nor YAML'],
    ['READY', 'the query READY is not a mapping'],
    ['{"$where": "1"}', 'the query uses $where, which runs code'],
    ['{"n": {"$gtt": 1}}', 'the query uses $gtt, which is no operator of MongoDB filters: was $gt meant?'],
  ])('tells what is wrong with the query %s', async (query, message) => {
    expect(await refused(newSite(), 'get_fws', '-q', query)).toContain(`lpad: ${message}`);
  });

  it('prints a stack trace only after --debug', async () => {
    const site = newSite();
    expect(await refused(site, 'get_fws', '-q', '[]')).not.toContain('    at ');
    expect(await refused(site, '--debug', 'get_fws', '-q', '[]')).toContain('    at ');
    expect(errorText('lpad', new Error('odd'), 'sentence')).toBe(
      'lpad: unexpected error: odd (--debug tells where)\n',
    );
  });
});

describe('where programs run', () => {
  it('is not Windows, and not an old Node', () => {
    expect(() => refuseUnsupported({ platform: 'win32', node: '20.19.0' })).toThrow(
      'Skyrocket runs on Linux and macOS, not on Windows: use it inside the Windows Subsystem for Linux (WSL)',
    );
    expect(() => refuseUnsupported({ platform: 'linux', node: '20.18.3' })).toThrow(
      'Skyrocket needs Node 20.19 or newer, and this is Node 20.18.3: install a newer one',
    );
    for (const node of ['20.19.0', '22.1.0']) refuseUnsupported({ platform: 'darwin', node });
  });
});

describe('logs', () => {
  it('go to standard error, as much as --loglvl says; -s silences them but not errors', async () => {
    const site = newSite();
    expect((await site.lpad(...script)).stderr).toContain(' INFO Added a workflow.');
    expect((await site.lpad('--loglvl', 'error', ...script)).stderr).toBe('');
    expect((await site.lpad('-s', ...script)).stderr).toBe('');
    expect((await site.lpad('-s', 'get_fws', '-i', '99')).stderr).toContain('lpad: there is no Firework');
  });

  it('follow strm_lvl and logdir of my_launchpad.yaml, and files get everything', async () => {
    const site = newSite();
    site.write('my_launchpad.yaml', 'file: pad.db\nstrm_lvl: ERROR\nlogdir: logs\n');
    expect((await site.lpad(...script)).stderr).toBe('');
    const file = (name: string) => withoutMoments(readFileSync(join(site.directory, 'logs', name), 'utf8'));
    expect(file('launchpad-debug.log')).toContain('<moment> INFO Added a workflow. id_map: {0: 1}\n');
    expect(file('launchpad-debug.log')).toContain('<moment> DEBUG launchpad: ');
    expect(file('launchpad-error.log')).toBe('');
    for (const place of ['pad.db', '/proc/none/logs']) {
      expect(await refused(site, '--logdir', place, 'version')).toMatch(
        /^lpad: log files cannot be written in \S+ \(.*\); name another directory with --logdir or logdir:\n$/,
      );
    }
  });

  it('have the form that FW_LOGGING_FORMAT gives them', () => {
    const at = new Date(2026, 10, 22, 10, 13, 0, 5);
    const line = (format: string) =>
      logLine({ name: 'launchpad', format }, { level: 'INFO', message: 'hello', at });
    expect(line('%(asctime)s %(levelname)s %(message)s')).toBe('2026-11-22 10:13:00,005 INFO hello');
    expect(line('%(name)s %(levelname)-8s %(lineno)d 100%%')).toBe('launchpad INFO %(lineno)d 100%');
  });

  it('rotate: a full file is put aside, and only the newest are kept', () => {
    const site = newSite();
    const full = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');
    for (let round = 0; round < 8; round++) {
      writeFileSync(join(site.directory, 'a.log'), full);
      openLogFile(site.directory, 'a.log').append('a line\n');
    }
    const files = readdirSync(site.directory);
    expect(files.filter((name) => name.startsWith('a.log.'))).toHaveLength(5);
    expect(readFileSync(join(site.directory, 'a.log'), 'utf8')).toBe('a line\n');
  });
});

describe('configuration', () => {
  it('is refused with file, line and key', async () => {
    const site = newSite();
    expect(await refused(site, '-l', 'no.yaml', 'get_fws')).toBe(
      'lpad: no.yaml, named by option -l, does not exist or is no file\n',
    );
    expect(await refused(site, '-c', 'cnof', 'get_fws')).toBe(
      'lpad: cnof, named by option -c, is no directory\n',
    );
    const pad = site.write('my_launchpad.yaml', 'file: pad.db\nstrm_lvl: LOUD\n');
    expect(await refused(site, 'get_fws')).toBe(
      `lpad: ${pad}, line 2, strm_lvl: "LOUD" is none of DEBUG, INFO, WARNING, ERROR, CRITICAL\n`,
    );
  });

  it('is taken from the directory that -c names, and -l wins over it', async () => {
    const site = newSite();
    site.write('conf/my_launchpad.yaml', 'file: in-conf.db\n');
    site.write('named.yaml', 'file: named.db\n');
    const launchpad = async (...words: string[]) =>
      JSON.parse((await site.lpad(...words, 'version')).stdout).launchpad;
    expect(await launchpad('-c', 'conf')).toBe(join(site.directory, 'conf', 'in-conf.db'));
    expect(await launchpad('-c', 'conf', '-l', 'named.yaml')).toBe(join(site.directory, 'named.db'));
  });

  it('warns of keys of FW_config.yaml that mean nothing here', async () => {
    const site = newSite();
    const path = site.write('FW_config.yaml', 'QSTAT_FREQUENCY: 9\nECHO_TEST: hello\n');
    const { stderr } = await site.lpad('version');
    expect(withoutMoments(stderr)).toBe(
      `<moment> WARNING ${path}: without effect here: QSTAT_FREQUENCY\n<moment> INFO hello\n`,
    );
  });
});

describe('lpad admin maintain --infinite', () => {
  it('goes on until a signal ends it', async () => {
    const site = newSite();
    const watching = site.begin('admin', 'maintain', '--infinite', '--maintain_interval', '1');
    await watching.says(/Upkeep: .*Upkeep: /s);
    watching.signal('SIGINT');
    expect((await watching.ended).code).toBe(130);
  });
});

describe('lpad init', () => {
  it('writes my_launchpad.yaml from options', async () => {
    const site = newSite();
    expect((await site.lpad('init', '--file', 'data/pad.db')).code).toBe(0);
    const path = join(site.directory, 'my_launchpad.yaml');
    expect(readFileSync(path, 'utf8')).toBe(`file: ${join(site.directory, 'data/pad.db')}\n`);
    expect((await site.lpad(...script)).code).toBe(0);
    expect(existsSync(join(site.directory, 'data/pad.db'))).toBe(true);
    expect(await refused(site, 'init', '--file', 'other.db')).toBe(
      `lpad: ${path} exists already; name another file with --config-file\n`,
    );
  });

  it('keeps a file that holds a password to its owner', async () => {
    const site = newSite();
    site.write('secret', 'top secret\n');
    await site.lpad(
      'init',
      '--host',
      'db',
      '--username',
      'anna',
      '--password-file',
      'secret',
      '--config-file',
      'm.yaml',
    );
    const path = join(site.directory, 'm.yaml');
    expect(readFileSync(path, 'utf8')).toBe(
      'host: db\nport: 27017\nname: fireworks\nusername: anna\npassword: top secret\n',
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('writes down where the token of a server is, not the token', async () => {
    const site = newSite();
    await site.lpad('init', '--url', 'https://fw.example.org', '--token-file', 'token');
    expect(readFileSync(join(site.directory, 'my_launchpad.yaml'), 'utf8')).toBe(
      `url: https://fw.example.org\ntoken_file: ${join(site.directory, 'token')}\n`,
    );
  });

  it('asks on a terminal, and only there', async () => {
    const site = newSite();
    expect(await refused(site, 'init')).toBe('lpad: where is the launchpad? give --file, --host or --url\n');
    const cloud = await site.onTerminal(
      { columns: 120, typed: [['What is the launchpad', 'cloud\n']] },
      'init',
    );
    expect(cloud.stdout).toContain('What is the launchpad: file, mongodb, server? [file]');
    expect(cloud.stdout).toContain('lpad: "cloud" is none of file, mongodb, server; nothing was written');
    const typed: [string, string][] = [
      ['What is the launchpad', 'mongodb\n'],
      ['Host', 'db\n'],
      ['Port', '\n'],
      ['Database [', 'campaign\n'],
      ['User', 'anna\n'],
      ['Password', 'top secret\n'],
      ['knows the user', '\n'],
    ];
    const { code, stdout } = await site.onTerminal({ columns: 120, typed }, 'init');
    expect([code, stdout]).toEqual([0, expect.stringContaining('Wrote ')]);
    expect(stdout).not.toContain('top');
    expect(readFileSync(join(site.directory, 'my_launchpad.yaml'), 'utf8')).toBe(
      'host: db\nport: 27017\nname: campaign\nusername: anna\npassword: top secret\n',
    );
  });
});

describe('the world', () => {
  it('two terminals add at once, and nothing is lost', async () => {
    const site = newSite();
    const ended = await Promise.all(Array.from({ length: 6 }, () => site.lpad(...script)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(6);
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('6\n');
  });

  it('a launchpad that may only be read shows what it holds and refuses changes', async () => {
    const site = newSite();
    site.write('my_launchpad.yaml', 'file: pad/pad.db\n');
    await site.lpad(...script);
    const folder = join(site.directory, 'pad');
    chmodSync(join(folder, 'pad.db'), 0o444);
    chmodSync(folder, 0o555);
    const read = await site.start({ as: 'stranger' }, 'get_fws', '-d', 'count');
    expect([read.code, read.stdout]).toEqual([0, '1\n']);
    const { code, stdout, stderr } = await site.start({ as: 'stranger' }, ...script);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `lpad: the launchpad ${join(folder, 'pad.db')} is read-only for you, so nothing can be changed in it; ask its owner for write permission or name another with file: in my_launchpad.yaml\n`,
    );
    chmodSync(folder, 0o755);
  });

  it('a launchpad that may not be read is told', async () => {
    const site = newSite();
    site.write('my_launchpad.yaml', 'file: pad/pad.db\n');
    await site.lpad(...script);
    const folder = join(site.directory, 'pad');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'pad.db'), 0o000);
    const { code, stderr } = await site.start({ as: 'stranger' }, 'get_fws');
    expect([code, stderr]).toEqual([2, expect.stringContaining(`you may not read the launchpad ${folder}`)]);
  });

  it('a file that is no launchpad is left as it is', async () => {
    const site = newSite();
    const path = site.write('notes.db', `precious ${'x'.repeat(200)}`);
    site.write('my_launchpad.yaml', 'file: notes.db\n');
    expect(await refused(site, ...script)).toContain(
      `lpad: ${path} is not a launchpad, since it is no SQLite database`,
    );
    expect(readFileSync(path, 'utf8')).toMatch(/^precious/);
  });

  it('a launchpad of a newer version is refused', async () => {
    const site = newSite();
    await site.lpad(...script);
    // The version of the schema stands in bytes 60 to 63 of a SQLite file.
    const bytes = readFileSync(site.database);
    bytes.writeUInt32BE(9999, 60);
    writeFileSync(site.database, bytes);
    const message = await refused(site, 'get_fws');
    expect(message).toContain(site.database);
    expect(message).toContain('9999');
  });

  it('a disk that is full in the middle of an add leaves nothing half added', async () => {
    const site = newSite();
    const fireworks = Array.from({ length: 3000 }, (_, i) => ({
      fw_id: i,
      spec: { text: 'x'.repeat(500), _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] },
    }));
    site.write('big.json', JSON.stringify({ fws: fireworks, links: {}, metadata: {} }));
    await site.lpad('get_fws');
    // 1 MiB: the launchpad itself fits, the Workflow does not.
    const { code, stdout, stderr } = await site.withFileLimit(1024, 'add', 'big.json');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^lpad: [^\n]*nothing was changed[^\n]*\n$/);
    expect((await site.lpad('get_fws', '-d', 'count')).stdout).toBe('0\n');
    expect((await site.lpad('-s', 'add', 'big.json')).code).toBe(0);
  });

  it('a reader that goes away ends the output quietly', async () => {
    const site = newSite();
    const fireworks = Array.from({ length: 2000 }, (_, i) => ({ fw_id: i, spec: { _tasks: [] } }));
    site.write('many.json', JSON.stringify({ fws: fireworks, links: {}, metadata: {} }));
    await site.lpad('add', 'many.json');
    expect(await site.withClosedOutput('get_fws', '-d', 'all')).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});
