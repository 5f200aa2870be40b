import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isOver } from '../processes.ts';
import { plain, startTrial, type Trial } from './task-trial.ts';

let trial: Trial;
beforeEach(async () => {
  trial = await startTrial();
});
afterEach(() => trial.end());

async function storedData(parameters: object, spec: object = {}): Promise<unknown> {
  const action = await trial.run('ScriptTask', parameters, spec);
  return plain(action?.storedData);
}

describe('a ScriptTask with one command', () => {
  it('runs it in the launch directory by the shell and stores its code', async () => {
    expect(await storedData({ script: 'echo "$PWD" | tr a-z A-Z > where' })).toEqual({
      returncode: 0,
      all_returncodes: [0],
    });
    expect(await trial.read('where')).toBe(`${trial.launchDir.toUpperCase()}\n`);
  });

  it('shows output that nobody asked to be kept', async () => {
    await storedData({ script: 'echo out; echo err >&2' });
    expect(trial.shown()).toContain('out\n');
    expect(trial.shown()).toContain('err\n');
  });

  it('stores both outputs when asked', async () => {
    expect(
      await storedData({ script: 'echo out; echo err >&2', store_stdout: true, store_stderr: true }),
    ).toEqual({ stdout: 'out\n', stderr: 'err\n', returncode: 0, all_returncodes: [0] });
  });

  it('appends outputs to files that are relative to the launch directory', async () => {
    await trial.write('out.txt', 'before\n');
    await storedData({ script: 'echo out; echo err >&2', stdout_file: 'out.txt', stderr_file: 'err.txt' });
    expect(await trial.read('out.txt')).toBe('before\nout\n');
    expect(await trial.read('err.txt')).toBe('err\n');
  });

  it('stores an output and writes it to a file', async () => {
    await trial.write('out.txt', 'before\n');
    expect(await storedData({ script: 'echo out', stdout_file: 'out.txt', store_stdout: true })).toEqual({
      stdout: 'out\n',
      returncode: 0,
      all_returncodes: [0],
    });
    expect(await trial.read('out.txt')).toBe('before\nout\n');
  });

  it('is run by the shell that shell_exe names', async () => {
    const script = '[[ abc == a* ]] && echo bash';
    expect(await storedData({ script, shell_exe: '/bin/bash', store_stdout: true })).toMatchObject({
      stdout: 'bash\n',
    });
  });

  it('says which shell cannot be started', async () => {
    await expect(storedData({ script: 'true', shell_exe: '/no/such/shell' })).rejects.toThrow(
      '`true` cannot be started: /no/such/shell',
    );
  });

  it('reads standard input from a file', async () => {
    await trial.write('in.txt', 'one\ntwo\n');
    expect(await storedData({ script: 'wc -l', stdin_file: 'in.txt', store_stdout: true })).toMatchObject({
      stdout: expect.stringMatching(/^\s*2\n$/),
    });
  });

  it.each([
    ['a text', 'grün\n', 'grün\n'],
    ['a number', 1.5, '1.5'],
    ['a list, as Python writes it', ['a', true, null], "['a', True, None]"],
  ])('feeds %s of the spec to standard input', async (_, value, expected) => {
    expect(
      await storedData({ script: 'cat', stdin_key: 'text', store_stdout: true }, { text: value }),
    ).toMatchObject({ stdout: expected });
  });

  it('reads nothing from standard input otherwise', async () => {
    expect(await storedData({ script: 'cat', store_stdout: true })).toMatchObject({ stdout: '' });
  });
});

describe('a ScriptTask with several commands', () => {
  it('runs them in order and joins what it stores', async () => {
    expect(await storedData({ script: ['echo a', 'echo b'], store_stdout: true })).toEqual({
      stdout: 'a\nb\n',
      returncode: 0,
      all_returncodes: [0, 0],
    });
  });

  it('gives each the standard input', async () => {
    expect(
      await storedData({ script: ['cat', 'cat'], stdin_key: 'x', store_stdout: true }, { x: 'again ' }),
    ).toMatchObject({ stdout: 'again again ' });
  });

  it('stops at the first that fails', async () => {
    expect(await storedData({ script: ['true', 'exit 3', 'touch never'], fizzle_bad_rc: false })).toEqual({
      returncode: 3,
      all_returncodes: [0, 3],
    });
    await expect(trial.read('never')).rejects.toThrow('ENOENT');
  });
});

describe('a ScriptTask without a shell', () => {
  it('separates a text into words as a shell would, and expands nothing', async () => {
    const script = `printf '%s|' "two words" $HOME * it\\'s`;
    expect(await storedData({ script, use_shell: false, store_stdout: true })).toMatchObject({
      stdout: "two words|$HOME|*|it's|",
    });
  });

  it('takes a list for several commands, and a list in it for words', async () => {
    expect(
      await storedData({ script: ['echo one', ['echo', 'a  b', 2]], use_shell: false, store_stdout: true }),
    ).toMatchObject({ stdout: 'one\na  b 2\n', all_returncodes: [0, 0] });
  });

  it('says which program is not there', async () => {
    await expect(storedData({ script: 'no-such-program -x', use_shell: false })).rejects.toThrow(
      'no-such-program cannot be started',
    );
  });

  it('refuses a quote that is not closed', async () => {
    await expect(storedData({ script: "echo 'a", use_shell: false })).rejects.toThrow(
      `ScriptTask: in "script" a quote is not closed: echo 'a`,
    );
  });
});

describe('a ScriptTask whose command fails', () => {
  it('fizzles with its code and the end of its output', async () => {
    await expect(storedData({ script: 'echo what went wrong >&2; exit 2' })).rejects.toThrow(
      'ScriptTask fizzled! Return code: [2]; the output ends with:\nwhat went wrong',
    );
  });

  it('quotes the end of the files that got the output', async () => {
    await expect(
      storedData({ script: 'echo the reason >&2; exit 2', stderr_file: 'err.txt' }),
    ).rejects.toThrow('the output ends with:\nthe reason');
  });

  it('fizzles for its code also when its output file is gone', async () => {
    await expect(storedData({ script: 'rm out.txt; exit 2', stdout_file: 'out.txt' })).rejects.toThrow(
      'ScriptTask fizzled! Return code: [2]',
    );
  });

  it('gives the negative number of the signal that killed it, as Python does', async () => {
    await expect(storedData({ script: 'kill -KILL $$' })).rejects.toThrow('Return code: [-9]');
  });

  it('fizzles also when the codes of all commands add up to zero', async () => {
    await expect(storedData({ script: ['exit 0', 'kill -TERM $$'] })).rejects.toThrow(
      'Return code: [0, -15]',
    );
  });

  it('defuses the children with defuse_bad_rc', async () => {
    const action = await trial.run('ScriptTask', { script: 'exit 4', defuse_bad_rc: true });
    expect(action?.defuseChildren).toBe(true);
    expect(plain(action?.storedData)).toEqual({ returncode: 4, all_returncodes: [4] });
  });

  it('goes on with fizzle_bad_rc: false', async () => {
    const action = await trial.run('ScriptTask', { script: 'exit 4', fizzle_bad_rc: false });
    expect(action?.defuseChildren ?? false).toBe(false);
  });
});

describe('a ScriptTask whose parameters stand in the spec', () => {
  it('takes them from there with use_global_spec', async () => {
    expect(
      await storedData({ use_global_spec: true }, { script: 'echo global', store_stdout: true }),
    ).toMatchObject({ stdout: 'global\n' });
  });
});

describe('a ScriptTask that could never work', () => {
  it.each([
    [{}, 'ScriptTask: the parameter "script" is missing'],
    [{ script: [] }, 'ScriptTask: "script" holds no command'],
    [{ script: { a: 1 } }, 'ScriptTask: "script" must be a text or a list of texts, not a mapping'],
    [
      { script: 'cat', stdin_file: 'a', stdin_key: 'b' },
      'ScriptTask: give either "stdin_file" or "stdin_key", not both',
    ],
    [{ script: 'cat', stdin_key: 'b' }, 'ScriptTask: "stdin_key" names "b", which is not in the spec'],
    [
      { script: 'true', defuse_bad_rc: true, fizzle_bad_rc: true },
      'ScriptTask: give either "defuse_bad_rc" or "fizzle_bad_rc", not both',
    ],
    [{ script: 'true', stdout_file: 3 }, 'ScriptTask: "stdout_file" must be a text, not an integer'],
  ])('%j is refused in one sentence', async (parameters, sentence) => {
    await expect(trial.run('ScriptTask', parameters)).rejects.toThrow(sentence);
  });

  it('names the file that cannot be read or written', async () => {
    await expect(storedData({ script: 'cat', stdin_file: 'absent' })).rejects.toThrow(
      `its standard input ${join(trial.launchDir, 'absent')} cannot be read`,
    );
    await expect(storedData({ script: 'echo x', stdout_file: 'no/dir' })).rejects.toThrow(
      `its output cannot be written to ${join(trial.launchDir, 'no/dir')}`,
    );
    await expect(storedData({ script: 'echo x', stdout_file: 'no/dir', store_stdout: true })).rejects.toThrow(
      `output cannot be written to ${join(trial.launchDir, 'no/dir')}`,
    );
  });
});

describe('a ScriptTask that is interrupted', () => {
  it('ends with all that its commands started', async () => {
    const running = storedData({ script: 'sleep 1000 & echo $! > child; wait' });
    await trial.run('ScriptTask', { script: 'until [ -s child ]; do sleep 0.05; done' });
    trial.interruption.abort('SIGTERM');
    await expect(running).rejects.toThrow('Return code: [-15]');
    expect(await isOver(Number(await trial.read('child')))).toBe(true);
  });
});
