import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { glob } from '../src/glob.ts';
import {
  formatStamp,
  makeLaunchDirectory,
  makeRequestedDirectory,
  removeIfEmpty,
} from '../src/launch-directory.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrocket-directory-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('a launch directory', () => {
  it('is named after the moment in UTC, in the letters of strftime', () => {
    const micros = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901;
    expect(formatStamp('%Y-%m-%d-%H-%M-%S-%f', micros)).toBe('2026-01-02-03-04-05-678901');
    expect(formatStamp('%y%m%d_%%_%Q', micros)).toBe('260102_%_%Q');
  });

  it('is a new one each time, also where the stamp is coarse or another process is as fast', () => {
    const made = Array.from({ length: 50 }, () => makeLaunchDirectory(folder, '%Y-%m-%d-%H-%M-%S-%f'));
    expect(new Set(made).size).toBe(50);
    expect(readdirSync(folder)).toHaveLength(50);
    expect(basename(made[0] ?? '')).toMatch(/^launcher_/);
  });

  it('is refused with the reason where none can be made', () => {
    expect(() => makeLaunchDirectory(join(folder, 'absent'), '%f')).toThrow(
      expect.objectContaining({ code: 'BAD_CONFIGURATION' }),
    );
  });

  it('may be asked for: variables are expanded, relative paths begin at the worker', () => {
    process.env.SKYROCKET_TEST_PART = 'part';
    const asked = ['a', '$' + '{SKYROCKET_TEST_PART}', '$SKYROCKET_TEST_UNSET'].join('/');
    const path = makeRequestedDirectory(asked, folder);
    expect(path).toBe(join(folder, 'a/part/$SKYROCKET_TEST_UNSET'));
  });

  it('that cannot be made is refused with the reason, wherever it is', () => {
    writeFileSync(join(folder, 'file'), '');
    for (const path of ['/proc/none/below', join(folder, 'file'), join(folder, 'file/below')])
      expect(() => makeRequestedDirectory(path, folder)).toThrow(/ENOENT|EEXIST|ENOTDIR/);
  });

  it('is removed only when nothing is in it', () => {
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'full'));
    writeFileSync(join(folder, 'full/file'), '');
    for (const name of ['empty', 'full', 'absent']) removeIfEmpty(join(folder, name));
    expect(readdirSync(folder)).toEqual(['full']);
  });
});

describe('a pattern of _files_out', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'sub'));
    for (const name of ['a1', 'a2', 'b[1]', '.hidden', 'sub/c1', 'ü1']) writeFileSync(join(folder, name), '');
  });

  it.each([
    ['a*', ['a1', 'a2']],
    ['?1', ['a1', 'ü1']],
    ['*', ['a1', 'a2', 'b[1]', 'sub', 'ü1']],
    ['.*', ['.hidden']],
    ['[ab]*', ['a1', 'a2', 'b[1]']],
    ['[!a]1', ['ü1']],
    ['b[[]1]', ['b[1]']],
    ['[z-a]*', []],
    ['s*/c?', ['sub/c1']],
    ['./sub/c1', ['sub/c1']],
    ['a1', ['a1']],
    ['nothing*', []],
    ['a1/*', []],
  ])('%s finds %j', (pattern, names) => {
    expect(glob(folder, pattern)).toEqual(names.map((name) => join(folder, name)));
  });

  it('may be an absolute path', () => {
    expect(glob('/', join(folder, 'a*'))).toEqual([join(folder, 'a1'), join(folder, 'a2')]);
  });
});
