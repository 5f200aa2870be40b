import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FileThread, startFileThread } from '../src/file-thread.ts';
import { glob } from '../src/glob.ts';
import {
  formatStamp,
  makeLaunchDirectories,
  makeRequestedDirectory,
  removeIfEmpty,
} from '../src/launch-directory.ts';

let folder: string;
let files: FileThread;

const place = (parent: string) => ({ parent, blockFormat: '%Y-%m-%d-%H-%M-%S-%f', files });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'skyrocket-directory-'));
  files = startFileThread();
});

afterEach(async () => {
  await files.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a launch directory', () => {
  it('is named after the moment in UTC, in the letters of strftime', () => {
    const micros = Date.UTC(2026, 0, 2, 3, 4, 5, 678) * 1000 + 901;
    expect(formatStamp('%Y-%m-%d-%H-%M-%S-%f', micros)).toBe('2026-01-02-03-04-05-678901');
    expect(formatStamp('%y%m%d_%%_%Q', micros)).toBe('260102_%_%Q');
  });

  it('is a new one each time, also where the stamp is coarse or another process is as fast', async () => {
    const first = await makeLaunchDirectories(50, place(folder));
    const second = await makeLaunchDirectories(3, { ...place(folder), blockFormat: '%S%f' });
    const names = [...first, ...second].map((path) => basename(path));
    expect(new Set(names).size).toBe(53);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
    expect(names[0]).toMatch(/^launcher_/);
  });

  it('is refused with the reason where none can be made', async () => {
    for (const count of [1, 100]) {
      await expect(makeLaunchDirectories(count, place(join(folder, 'absent')))).rejects.toMatchObject({
        code: 'BAD_CONFIGURATION',
        message: expect.stringMatching(/absent.*ENOENT/),
      });
    }
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
