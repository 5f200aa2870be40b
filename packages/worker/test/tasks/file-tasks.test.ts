import { existsSync, statSync } from 'node:fs';
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTrial, type Trial } from './task-trial.ts';

/** A place beside the one where the trial is; the same where this machine has no other. */
function otherFileSystem(): string {
  const device = statSync(tmpdir()).dev;
  const places = ['/dev/shm', '/tmp'].filter(existsSync);
  return places.find((place) => statSync(place).dev !== device) ?? tmpdir();
}

let trial: Trial;
beforeEach(async () => {
  trial = await startTrial();
});
afterEach(() => trial.end());

const path = (name: string) => join(trial.launchDir, name);
const isThere = (name: string) =>
  lstat(path(name)).then(
    () => true,
    () => false,
  );
const permissions = async (name: string) => (await stat(path(name))).mode & 0o777;

describe('FileWriteTask', () => {
  it('writes texts into files of the launch directory, over what was there', async () => {
    await trial.write('a.txt', 'old and longer');
    await trial.run('FileWriteTask', {
      files_to_write: [
        { filename: 'a.txt', contents: 'new' },
        { filename: 'ü.txt', contents: 'zwei\n' },
      ],
    });
    expect(await trial.read('a.txt')).toBe('new');
    expect(await trial.read('ü.txt')).toBe('zwei\n');
  });

  it('writes below dest, relative to the launch directory', async () => {
    await mkdir(path('sub'));
    await trial.run('FileWriteTask', { dest: 'sub', files_to_write: [{ filename: 'a', contents: 'x' }] });
    expect(await trial.read('sub/a')).toBe('x');
  });

  it('says which file cannot be written', async () => {
    await expect(
      trial.run('FileWriteTask', { dest: 'none', files_to_write: [{ filename: 'a', contents: 'x' }] }),
    ).rejects.toThrow(`FileWriteTask: ${path('none/a')} cannot be written: ENOENT`);
  });

  it.each([
    [{}, 'FileWriteTask: the parameter "files_to_write" is missing'],
    [{ files_to_write: {} }, 'FileWriteTask: "files_to_write" must be a list, not a mapping'],
    [{ files_to_write: ['a'] }, 'FileWriteTask: "files_to_write[0]" must be a mapping, not a text'],
    [{ files_to_write: [{ filename: 'a' }] }, 'FileWriteTask: the parameter "contents" is missing'],
    [
      { files_to_write: [{ filename: 'a', contents: 1 }] },
      'FileWriteTask: "contents" must be a text, not an integer',
    ],
  ])('refuses %j', async (parameters, sentence) => {
    await expect(trial.run('FileWriteTask', parameters)).rejects.toThrow(sentence);
  });

  it('writes nothing when one of its files is wrong', async () => {
    const files = [{ filename: 'a', contents: 'x' }, { filename: 'b' }];
    await expect(trial.run('FileWriteTask', { files_to_write: files })).rejects.toThrow('contents');
    expect(await isThere('a')).toBe(false);
  });
});

describe('FileDeleteTask', () => {
  it('deletes files, and passes over what is not there', async () => {
    await trial.write('a', '1');
    await trial.write('sub/b', '2');
    await trial.run('FileDeleteTask', { files_to_delete: ['absent', 'a', 'sub/b'] });
    expect(await readdir(trial.launchDir)).toEqual(['sub']);
  });

  it('deletes below dest', async () => {
    await trial.write('a', '1');
    await trial.write('sub/a', '2');
    await trial.run('FileDeleteTask', { files_to_delete: ['a'], dest: 'sub' });
    expect([await isThere('a'), await isThere('sub/a')]).toEqual([true, false]);
  });

  it('deletes a link and not what it leads to', async () => {
    await trial.write('kept', '1');
    await symlink('kept', path('link'));
    await trial.run('FileDeleteTask', { files_to_delete: ['link'] });
    expect([await isThere('link'), await isThere('kept')]).toEqual([false, true]);
  });

  it('never deletes a directory', async () => {
    await trial.write('sub/b', '2');
    await expect(
      trial.run('FileDeleteTask', { files_to_delete: ['sub'], ignore_errors: false }),
    ).rejects.toThrow(`FileDeleteTask: ${path('sub')} cannot be deleted: `);
    expect(await isThere('sub/b')).toBe(true);
  });

  it('fails with ignore_errors: false for a file that is not there', async () => {
    await expect(
      trial.run('FileDeleteTask', { files_to_delete: ['absent'], ignore_errors: false }),
    ).rejects.toThrow('ENOENT');
  });
});

describe('FileTransferTask', () => {
  const transfer = (mode: string, files: unknown[], rest: object = {}) =>
    trial.run('FileTransferTask', { mode, files, ...rest });

  it.each(['move', 'mv'])('%s renames a file', async (mode) => {
    await trial.write('a', 'x');
    await transfer(mode, [{ src: 'a', dest: 'b' }]);
    expect([await isThere('a'), await trial.read('b')]).toEqual([false, 'x']);
  });

  it('moves into a directory', async () => {
    await trial.write('a_src.txt', 'x');
    await trial.write('tree/below', 'y');
    await mkdir(path('sub'));
    await transfer('move', ['a_src.txt', 'tree'], { dest: 'sub' });
    expect(await trial.read('sub/a_src.txt')).toBe('x');
    expect(await trial.read('sub/tree/below')).toBe('y');
  });

  it('moves to another file system, over an older file', async () => {
    const other = await mkdtemp(join(otherFileSystem(), 'skyrocket-trial-'));
    await trial.write('a', 'new', 0o640);
    await trial.write('tree/sub/b', 'x');
    await symlink('nowhere', path('tree/link'));
    await writeFile(join(other, 'a'), 'old');
    await transfer('move', [
      { src: 'a', dest: join(other, 'a') },
      { src: 'tree', dest: other },
    ]);
    expect(await readdir(trial.launchDir)).toEqual([]);
    expect((await readdir(other)).sort()).toEqual(['a', 'tree']);
    expect(await readFile(join(other, 'a'), 'utf8')).toBe('new');
    expect((await stat(join(other, 'a'))).mode & 0o777).toBe(0o640);
    expect(await readFile(join(other, 'tree/sub/b'), 'utf8')).toBe('x');
    expect(await readlink(join(other, 'tree/link'))).toBe('nowhere');
    await rm(other, { recursive: true });
  });

  it('moves over nothing that stands in a directory', async () => {
    await trial.write('a', 'new');
    await trial.write('sub/a', 'old');
    await expect(transfer('move', ['a'], { dest: 'sub' })).rejects.toThrow(
      `FileTransferTask: move from ${path('a')} to ${path('sub')} failed: ${path('sub/a')} exists already`,
    );
    expect(await trial.read('sub/a')).toBe('old');
  });

  it('moves no directory into itself', async () => {
    await trial.write('tree/sub/f', 'x');
    await expect(transfer('move', ['tree'], { dest: 'tree/sub' })).rejects.toThrow(
      `${path('tree')} cannot be moved into itself`,
    );
    expect(await trial.read('tree/sub/f')).toBe('x');
  });

  it('moves a link as it is', async () => {
    await symlink('nowhere', path('link'));
    await transfer('move', [{ src: 'link', dest: 'moved' }]);
    expect(await readlink(path('moved'))).toBe('nowhere');
  });

  it.each(['copy', 'cp'])('%s copies content and permissions', async (mode) => {
    await trial.write('a', 'x', 0o750);
    await transfer(mode, [{ src: 'a', dest: 'b' }]);
    expect([await trial.read('a'), await trial.read('b'), await permissions('b')]).toEqual(['x', 'x', 0o750]);
  });

  it('copy2 copies the times as well', async () => {
    await trial.write('a', 'x');
    const then = new Date('2020-02-03T04:05:06Z');
    await utimes(path('a'), then, then);
    await mkdir(path('sub'));
    await transfer('copy2', ['a'], { dest: 'sub' });
    expect((await stat(path('sub/a'))).mtime).toEqual(then);
  });

  it('copyfile copies the content only, and not into a directory', async () => {
    await trial.write('a', 'x', 0o700);
    await trial.write('b', 'longer', 0o640);
    await transfer('copyfile', [{ src: 'a', dest: 'b' }]);
    expect([await trial.read('b'), await permissions('b')]).toEqual(['x', 0o640]);
    await mkdir(path('sub'));
    await expect(transfer('copyfile', ['a'], { dest: 'sub' })).rejects.toThrow(
      `${path('sub')} is a directory`,
    );
  });

  it('copies what a link leads to', async () => {
    await trial.write('a', 'x');
    await symlink('a', path('link'));
    await transfer('copy', [{ src: 'link', dest: 'b' }]);
    expect((await lstat(path('b'))).isFile()).toBe(true);
  });

  it('copies no file onto itself', async () => {
    await trial.write('a', 'x');
    await symlink('a', path('link'));
    await expect(transfer('copy', [{ src: 'a', dest: 'link' }])).rejects.toThrow(
      `${path('a')} and ${path('link')} are the same file`,
    );
    expect(await trial.read('a')).toBe('x');
  });

  it('copytree copies a directory with all below it to a new place', async () => {
    await trial.write('tree/sub/a', 'x', 0o700);
    await symlink('a', path('tree/sub/link'));
    await transfer('copytree', [{ src: 'tree', dest: 'new/place' }]);
    expect(await trial.read('new/place/sub/a')).toBe('x');
    expect(await permissions('new/place/sub/a')).toBe(0o700);
    expect((await lstat(path('new/place/sub/link'))).isFile()).toBe(true);
    await expect(transfer('copytree', [{ src: 'tree', dest: 'new/place' }])).rejects.toThrow('EEXIST');
  });

  it('expands ~ and variables unless told not to', async () => {
    process.env.SKYROCKET_TRIAL = trial.launchDir;
    await trial.write('a', 'x');
    await trial.write('$SKYROCKET_TRIAL', 'y');
    await transfer('copy', [{ src: '$SKYROCKET_TRIAL/a', dest: ['$', '{SKYROCKET_TRIAL}/b'].join('') }]);
    expect(await trial.read('b')).toBe('x');
    await transfer('copy', [{ src: '$SKYROCKET_TRIAL', dest: 'c' }], { shell_interpret: false });
    expect(await trial.read('c')).toBe('y');
    await expect(transfer('copy', ['~/no-such-file'], { dest: '.' })).rejects.toThrow(
      join(homedir(), 'no-such-file'),
    );
    delete process.env.SKYROCKET_TRIAL;
  });

  it('goes on with the other files with ignore_errors', async () => {
    await trial.write('b', 'x');
    await mkdir(path('sub'));
    await transfer('copy', ['a', 'b'], { dest: 'sub', ignore_errors: true });
    expect(await readdir(path('sub'))).toEqual(['b']);
    expect(trial.shown()).toContain(
      `FileTransferTask: copy from ${path('a')} to ${path('sub')} failed: ENOENT`,
    );
  });

  it('tries again what failed, and only that', async () => {
    await trial.write('a', 'x');
    const running = transfer(
      'move',
      [
        { src: 'a', dest: 'moved' },
        { src: 'late', dest: 'b' },
      ],
      {
        max_retry: 1000,
        retry_delay: 0,
      },
    );
    await trial.run('ScriptTask', { script: 'until [ -e moved ]; do sleep 0.02; done; echo x > late' });
    await running;
    expect(await trial.read('b')).toBe('x\n');
    expect(trial.shown()).toContain('trying again in 0 s');
  });

  it('stops in the middle of a large file when it is interrupted', async () => {
    await trial.context.run({
      run: { program: 'truncate', args: ['--size=500G', 'large'] },
      cwd: trial.launchDir,
    });
    await mkdir(path('sub'));
    const running = transfer('copy', ['large'], { dest: 'sub' });
    await trial.run('ScriptTask', { script: 'until [ -s sub/large ]; do sleep 0.02; done' });
    trial.interruption.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('stops waiting for the next try when it is interrupted', async () => {
    const running = transfer('copy', [{ src: 'a', dest: 'b' }], { max_retry: 1, retry_delay: 1000 });
    trial.interruption.abort(new Error('enough'));
    await expect(running).rejects.toThrow();
  });

  it.each([
    [{ files: ['a'] }, 'FileTransferTask: the parameter "mode" is missing'],
    [{ mode: 'copy' }, 'FileTransferTask: the parameter "files" is missing'],
    [{ mode: 'copy', files: ['a'] }, 'FileTransferTask: the parameter "dest" is missing'],
    [
      { mode: 'teleport', files: ['a'], dest: '.' },
      'there is no mode "teleport"; there are move, mv, copy, cp, copy2, copytree, copyfile, rtransfer',
    ],
    [
      { mode: 'copy', files: [['a', 'b']] },
      '"files[0]" must be a text or a mapping with "src" and "dest", not a list',
    ],
    [{ mode: 'copy', files: [{ dest: 'b' }] }, 'the parameter "src" is missing'],
  ])('refuses %j', async (parameters, sentence) => {
    await expect(trial.run('FileTransferTask', parameters)).rejects.toThrow(sentence);
  });
});

describe('CompressDirTask', () => {
  it.each([
    ['gz', {}],
    ['gz', { compression: 'gz' }],
    ['bz2', { compression: 'bz2' }],
  ])('compresses every file below the directory to .%s: %j', async (suffix, parameters) => {
    await trial.write('a', 'content of a', 0o600);
    await trial.write('sub/b.txt', 'content of b');
    await trial.run('CompressDirTask', parameters);
    expect(await readdir(trial.launchDir)).toEqual([`a.${suffix}`, 'sub']);
    expect(await readdir(path('sub'))).toEqual([`b.txt.${suffix}`]);
    expect(await permissions(`a.${suffix}`)).toBe(0o600);
    const program = suffix === 'gz' ? 'gzip' : 'bzip2';
    const { stdout } = await trial.context.run({
      run: { program, args: ['-dc', `a.${suffix}`] },
      cwd: trial.launchDir,
      capture: { stdout: true },
    });
    expect(stdout).toBe('content of a');
  });

  it('leaves alone what is compressed, links, and what they lead to', async () => {
    await trial.write('in/a.gz', 'as it is');
    await trial.write('out/a', 'far away');
    await symlink('../out/a', path('in/file-link'));
    await symlink('../out', path('in/directory-link'));
    await trial.run('CompressDirTask', { dest: 'in' });
    expect((await readdir(path('in'))).sort()).toEqual(['a.gz', 'directory-link', 'file-link']);
    expect(await trial.read('out/a')).toBe('far away');
  });

  it('leaves alone what the worker itself is writing', async () => {
    await trial.write('FW.json', '{}');
    await trial.write('FW_offline.json', '{}');
    await trial.write('FW_job.out', '');
    await trial.run('CompressDirTask', {});
    expect((await readdir(trial.launchDir)).sort()).toEqual(['FW.json.gz', 'FW_job.out', 'FW_offline.json']);
  });

  it('keeps the file when it cannot be compressed', async () => {
    await trial.write('a', 'x');
    await mkdir(path('a.gz'));
    await expect(trial.run('CompressDirTask', {})).rejects.toThrow(`CompressDirTask: ${path('a')}: `);
    expect((await readdir(trial.launchDir)).sort()).toEqual(['a', 'a.gz']);
    await trial.run('CompressDirTask', { ignore_errors: true });
    expect(await trial.read('a')).toBe('x');
  });

  it('refuses another compression', async () => {
    await expect(trial.run('CompressDirTask', { compression: 'xz' })).rejects.toThrow(
      'CompressDirTask: "compression" must be gz or bz2, not xz',
    );
  });
});

describe('DecompressDirTask', () => {
  it('gives back what CompressDirTask compressed', async () => {
    await trial.write('a', 'content of a', 0o600);
    await trial.write('sub/b.txt', '');
    await trial.run('CompressDirTask', {});
    await trial.write('c', 'content of c');
    await trial.run('CompressDirTask', { compression: 'bz2', dest: '.' });
    await trial.run('DecompressDirTask', {});
    await trial.run('DecompressDirTask', {});
    expect((await readdir(trial.launchDir)).sort()).toEqual(['a', 'c', 'sub']);
    expect([await trial.read('a'), await trial.read('sub/b.txt'), await trial.read('c')]).toEqual([
      'content of a',
      '',
      'content of c',
    ]);
    expect(await permissions('a')).toBe(0o600);
  });

  it('reads what a link leads to, and leaves it there', async () => {
    await trial.write('out/a', 'far away');
    await trial.run('CompressDirTask', { dest: 'out' });
    await mkdir(path('in'));
    await symlink('../out/a.gz', path('in/b.gz'));
    await trial.run('DecompressDirTask', { dest: 'in' });
    expect(await readdir(path('in'))).toEqual(['b']);
    expect(await trial.read('in/b')).toBe('far away');
    expect(await isThere('out/a.gz')).toBe(true);
  });

  it.each(['broken.gz', 'broken.bz2', 'broken.Z'])('keeps %s, which is none, and says so', async (name) => {
    await trial.write(name, 'this is no compressed file');
    await expect(trial.run('DecompressDirTask', {})).rejects.toThrow(`DecompressDirTask: ${path(name)}: `);
    expect(await readdir(trial.launchDir)).toEqual([name]);
  });
});

describe('ArchiveDirTask', () => {
  const unpack = async (program: string, ...args: string[]) => {
    await mkdir(path('../unpacked'), { recursive: true });
    return trial.context.run({
      run: { program, args },
      cwd: trial.launchDir,
      capture: { stdout: true, stderr: true },
    });
  };

  it.each([
    [{}, 'tar.gz', ['tar', '-tzf']],
    [{ format: 'gztar' }, 'tar.gz', ['tar', '-tzf']],
    [{ format: 'bztar' }, 'tar.bz2', ['tar', '-tjf']],
    [{ format: 'tar' }, 'tar', ['tar', '-tf']],
    [
      { format: 'zip' },
      'zip',
      ['python3', '-c', 'import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep="\\n")'],
    ],
  ])('packs the launch directory: %j', async (parameters, suffix, [program = '', ...args]) => {
    await trial.write('a', 'x');
    await trial.write('sub/b', 'y');
    await trial.write(`out.${suffix}`, 'an older archive');
    await trial.run('ArchiveDirTask', { base_name: 'out', ...parameters });
    expect((await readdir(trial.launchDir)).sort()).toEqual(['a', `out.${suffix}`, 'sub']);
    const { stdout } = await unpack(program, ...args, `out.${suffix}`);
    const names = stdout.trim().split('\n');
    expect(
      names
        .map((name) => name.replace(/^\.\//, ''))
        .filter((name) => name !== '')
        .sort(),
    ).toEqual(['a', 'sub/', 'sub/b']);
  });

  it.each(['gztar', 'zip'])('says where the archive cannot be made: %s', async (format) => {
    await trial.write('a', 'x');
    await expect(trial.run('ArchiveDirTask', { base_name: 'none/out', format })).rejects.toThrow(
      new RegExp(`^ArchiveDirTask: ${path('none/out')}\\S+ cannot be made: .*ENOENT`),
    );
    expect(await readdir(trial.launchDir)).toEqual(['a']);
  });

  it('leaves no half an archive behind when it is interrupted', async () => {
    await trial.write('a', Buffer.alloc(20_000_000));
    const running = trial.run('ArchiveDirTask', { base_name: 'out', format: 'zip' });
    trial.interruption.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow('interrupted');
    expect(await readdir(trial.launchDir)).toEqual(['a']);
  });

  it('refuses a format that is none', async () => {
    await expect(trial.run('ArchiveDirTask', { base_name: 'out', format: 'rar' })).rejects.toThrow(
      'ArchiveDirTask: "format" must be one of gztar, bztar, tar, zip, not rar',
    );
  });
});
