import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LoginNode, startLoginNode } from './ssh-login-node.ts';
import { startTrial, type Trial } from './task-trial.ts';

let node: LoginNode;
let trial: Trial;
beforeEach(async () => {
  node = await startLoginNode();
  trial = await startTrial();
});
afterEach(async () => {
  await trial.end();
  await node.end();
});

const send = (files: unknown[], rest: object = {}) =>
  trial.run('FileTransferTask', {
    mode: 'rtransfer',
    server: node.host,
    user: 'ada',
    key_filename: node.key,
    dest: 'results',
    files,
    ...rest,
  });

const there = async (path: string) => readFile(join(node.home, path), 'utf8');

describe('FileTransferTask in the mode rtransfer', () => {
  it('copies files to a directory of another host, which it makes', async () => {
    await trial.write('a.txt', 'content of a');
    await trial.write('sub/b', 'x'.repeat(1_000_000));
    await send(['a.txt', { src: 'sub/b' }]);
    expect(await there('results/a.txt')).toBe('content of a');
    expect((await there('results/b')).length).toBe(1_000_000);
    expect(node.logins()).toBe(1);
  });

  it('copies over what is there', async () => {
    await trial.write('a.txt', 'first');
    await send(['a.txt']);
    await trial.write('a.txt', 'second');
    await send(['a.txt'], { dest: join(node.home, 'results') });
    expect(await there('results/a.txt')).toBe('second');
  });

  it('copies the files of a directory, not those below', async () => {
    await trial.write('out/a', '1');
    await trial.write('out/below/b', '2');
    await symlink('below/b', join(trial.launchDir, 'out/link'));
    await send(['out']);
    expect((await readdir(join(node.home, 'results'))).sort()).toEqual(['a', 'link']);
    expect(await there('results/link')).toBe('2');
  });

  it('takes names as they are', async () => {
    const name = `-"odd' * [x] \\ name`;
    await trial.write(name, 'odd');
    await send([name], { dest: '-results *' });
    expect(await there(`-results */${name}`)).toBe('odd');
  });

  it('asks nothing, and tells why a login failed', async () => {
    await trial.write('a', 'x');
    await expect(send(['a'], { key_filename: undefined })).rejects.toThrow(
      /^FileTransferTask: rtransfer from here to login-node:results failed: .*Permission denied \(publickey\)/s,
    );
    await expect(send(['a'], { server: 'stranger' })).rejects.toThrow('Host key verification failed');
    expect(node.logins()).toBe(0);
  });

  it('fails at the first file that cannot be copied', async () => {
    await trial.write('b', 'x');
    await expect(send(['absent', 'b'])).rejects.toThrow(/absent/);
    await writeFile(join(node.home, 'results'), 'a file where the directory should be');
    await expect(send(['b'])).rejects.toThrow(/results\/b/);
  });

  it('goes on with the others with ignore_errors', async () => {
    await trial.write('b', 'x');
    await send(['absent', 'b'], { ignore_errors: true });
    expect(await readdir(join(node.home, 'results'))).toEqual(['b']);
    expect(trial.shown()).toContain('absent');
  });

  it('tries again', async () => {
    await trial.write('a', 'x');
    await writeFile(join(node.home, 'results'), 'a file where the directory should be');
    await expect(send(['a'], { max_retry: 2, retry_delay: 0 })).rejects.toThrow(/results\/a/);
    expect(node.logins()).toBe(3);
  });

  it.each([
    [{ server: undefined }, 'the parameter "server" is missing'],
    [{ dest: undefined }, 'the parameter "dest" is missing'],
  ])('needs more than %j', async (rest, sentence) => {
    await expect(send(['a'], rest)).rejects.toThrow(`FileTransferTask: ${sentence}`);
  });
});
