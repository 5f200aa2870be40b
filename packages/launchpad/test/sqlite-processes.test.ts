import { chmod, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { launchId } from '@skyrocket/model/ids';
import { buildProgram, type RunningProgram, runProgram } from './programs/build-program.ts';
import { openSqliteStore } from './programs/open-store.ts';
import { expectKeptCountsToBeRight } from './sqlite-recount.ts';
import { independent } from './store-contract/samples.ts';
import { add, until } from './store-contract/steps.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();
const programs = { claiming: '', restless: '', trying: '' };

beforeAll(async () => {
  programs.claiming = await buildProgram('claiming-worker');
  programs.restless = await buildProgram('restless-worker');
  programs.trying = await buildProgram('try-launchpad');
});
afterAll(async () => {
  for (const file of Object.values(programs)) await rm(file, { force: true });
});

describe('several processes at one database file', () => {
  it('may open it at once when it is new, and each finds a whole launchpad', async () => {
    const file = join(await newFolder(), 'new', 'launchpad.db');
    const starting = Array.from({ length: 8 }, () => runProgram(programs.trying, [file, '1']));
    const ends = await Promise.all(starting.map(({ ended }) => ended));
    expect(ends.map(({ status, errors }) => [status, errors])).toEqual(Array(8).fill([0, '']));
    const store = await openSqliteStore(file);
    expect((await store.findFireworks({ fields: 'count' })).count).toBe(8);
    await store.close();
  });

  it('claim each Firework once', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const store = await openSqliteStore(file);
    await add(store, independent(400));
    const workers = Array.from({ length: 8 }, (_, i) =>
      runProgram(programs.claiming, [
        file,
        `worker ${i}`,
        i % 2 === 0 ? '{}' : '{"spec.n": {"$exists": false}}',
      ]),
    );
    const ends = await Promise.all(workers.map(({ ended }) => ended));
    expect(ends.map(({ status, errors }) => [status, errors])).toEqual(Array(8).fill([0, '']));
    const claimed = ends.flatMap(({ lines }) => lines).flat();
    expect(claimed).toHaveLength(400);
    expect(new Set(claimed).size).toBe(400);
    const { fireworks } = await store.findFireworks({ fields: 'summary' });
    expect(fireworks.filter(({ state, launches }) => state !== 'RESERVED' || launches.length !== 1)).toEqual(
      [],
    );
    await store.close();
  });
});

describe('a process that is killed at any instant', () => {
  it('has done what it said, and has left nothing half done', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const said: unknown[] = [];
    for (const enough of [1, 17, 40, 5, 63, 28]) {
      const program = runProgram(programs.restless, [file]);
      await untilItSaid(program, enough);
      program.kill();
      const { lines, errors } = await program.ended;
      expect(errors).toBe('');
      said.push(...lines);
    }
    await expectAllToBeThere(file, said);
    expect((await readdir(join(file, '..'))).filter((name) => !name.startsWith('launchpad.db'))).toEqual([]);
  });
});

async function untilItSaid(program: RunningProgram, lines: number): Promise<void> {
  await until(async () => program.lines.length >= lines);
}

async function expectAllToBeThere(file: string, said: unknown[]): Promise<void> {
  const database = await openDatabase(await prepareDatabasePlace(file));
  const store = sqliteStore(database);
  expect(database.all<object>('PRAGMA integrity_check').map((row) => ({ ...row }))).toEqual([
    { integrity_check: 'ok' },
  ]);
  expectKeptCountsToBeRight(database);
  const { fireworks } = await store.findFireworks({ fields: 'all' });
  const states = new Map<number, string>(fireworks.map(({ fwId, state }) => [fwId, state]));
  for (const [what, id] of said.filter(isStatement)) {
    if (what === 'added') expect(states.has(id)).toBe(true);
    if (what === 'completed') expect(states.get(id)).toBe('COMPLETED');
    if (what === 'claimed' || what === 'started') {
      const [found] = await store.findLaunches([launchId(id)]);
      expect(found?.history.map(({ state }) => state)).toContain(what === 'claimed' ? 'RESERVED' : 'RUNNING');
    }
  }
  for (const { spec, state } of fireworks.filter((one) => one.spec.has('n'))) {
    expect([spec.get('n'), state]).toEqual(state === 'WAITING' ? [0, state] : [1, state]);
  }
  await store.close();
}

describe('a file that a user may only read', () => {
  it('can be looked at, and says so when something is to be changed', async () => {
    const file = await fileWithOneFirework();
    await chmod(file, 0o444);
    expect(await tryLaunchpad(file)).toEqual([
      { done: 1 },
      { code: 'STORE_READ_ONLY', sentence: expect.stringMatching(/read-only for you.*file:/) },
      { done: 1 },
      { done: null },
    ]);
  });

  it('can be looked at in a folder that cannot be written to either', async () => {
    const file = await fileWithOneFirework();
    await chmod(file, 0o444);
    await chmod(dirname(file), 0o555);
    const seen = await tryLaunchpad(file);
    await chmod(dirname(file), 0o755);
    expect(seen).toMatchObject([{ done: 1 }, { code: 'STORE_READ_ONLY' }, { done: 1 }, {}]);
  });

  it('cannot be looked at there while its newest changes stand in a log that cannot be shared', async () => {
    const file = await fileWithOneFirework();
    const store = await openSqliteStore(file);
    await add(store, independent(1));
    await chmod(file, 0o444);
    await chmod(`${file}-shm`, 0);
    await chmod(dirname(file), 0o555);
    const seen = await tryLaunchpad(file);
    await chmod(dirname(file), 0o755);
    await store.close();
    expect(seen).toEqual([{ code: 'BAD_FILE', sentence: expect.stringMatching(/used by others/) }]);
  });

  it('cannot be opened when it may not even be read', async () => {
    const file = await fileWithOneFirework();
    await chmod(file, 0);
    expect(await tryLaunchpad(file)).toEqual([
      { code: 'BAD_FILE', sentence: expect.stringMatching(/you may not read the launchpad.*file:/) },
    ]);
  });

  it('cannot be made in a folder that cannot be written to', async () => {
    const folder = await newFolder();
    await chmod(folder, 0o555);
    expect(await tryLaunchpad(join(folder, 'launchpad.db'))).toEqual([
      { code: 'BAD_FILE', sentence: expect.stringMatching(/cannot be made \(EACCES\).*file:/) },
    ]);
  });
});

describe('a disk that takes no more in the middle of an add', () => {
  it('leaves nothing half added', async () => {
    const file = await fileWithOneFirework();
    const atMostOneMegabyte = ['sh', '-c', 'ulimit -f 2048; exec "$0" "$@"'];
    const { lines } = await runProgram(programs.trying, [file, '20000'], atMostOneMegabyte).ended;
    expect(lines).toEqual([
      { done: 1 },
      { code: expect.stringMatching(/^STORE_/), sentence: expect.stringMatching(/nothing was changed/) },
      { done: 1 },
      { done: null },
    ]);
    expect(await tryLaunchpad(file)).toMatchObject([{ done: 1 }, { done: 1 }, { done: 2 }, {}]);
  });
});

describe('a machine on which the SQLite library does not load', () => {
  it('is told what to use instead', async () => {
    const folder = await newFolder();
    const elsewhere = await buildProgram('try-launchpad', folder);
    const { status, lines } = await runProgram(elsewhere, [join(folder, 'launchpad.db')]).ended;
    expect(status).toBe(1);
    expect(lines).toMatchObject([{ code: 'UNSUPPORTED_PLATFORM' }]);
    for (const part of ['launchpad.db', 'url:', 'host:', 'file:'])
      expect(JSON.stringify(lines)).toContain(part);
  });
});

async function fileWithOneFirework(): Promise<string> {
  const file = join(await newFolder(), 'launchpad.db');
  const store = await openSqliteStore(file);
  await add(store, independent(1));
  await store.close();
  return file;
}

/** What a user sees who has no more rights than the file's mode gives; root would have them all. */
async function tryLaunchpad(file: string): Promise<unknown[]> {
  const withoutPrivileges = ['setpriv', '--bounding-set=-dac_override,-dac_read_search'];
  const before = process.getuid?.() === 0 ? withoutPrivileges : [];
  const { lines, errors } = await runProgram(programs.trying, [file, '1'], before).ended;
  expect(errors).toBe('');
  return lines;
}

function isStatement(line: unknown): line is [string, number] {
  return Array.isArray(line) && typeof line[0] === 'string' && typeof line[1] === 'number';
}
