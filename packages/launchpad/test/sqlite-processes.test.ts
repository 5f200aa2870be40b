import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
  }, 60_000);

  it('claim each Firework once', async () => {
    const file = join(await newFolder(), 'launchpad.db');
    const store = await openSqliteStore(file);
    await add(store, independent(400));
    const workers = Array.from({ length: 8 }, (_, i) => runProgram(programs.claiming, [file, `worker ${i}`]));
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
  }, 60_000);
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
  }, 60_000);
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

function isStatement(line: unknown): line is [string, number] {
  return Array.isArray(line) && typeof line[0] === 'string' && typeof line[1] === 'number';
}
