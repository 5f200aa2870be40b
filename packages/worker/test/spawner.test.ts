import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Command, type CommandEnd, capturedBytesLimit, NotStartedError } from '../src/run-command.ts';
import { type Spawner, startSpawner } from '../src/spawner.ts';
import { eventually, isOver } from './processes.ts';

let directory: string;
let spawner: Spawner;
let screen: Screen;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'skyrocket-spawner-')));
  screen = new Screen();
  spawner = startSpawner({ graceSeconds: 0.5, screens: { stdout: screen, stderr: screen } });
});
afterEach(async () => {
  await spawner.stop();
  await rm(directory, { recursive: true });
});

/** Counts what it is shown, and can be slow. */
class Screen extends Writable {
  bytes = 0;
  text = '';
  /** Set, it holds everything back. */
  heldUntil: Promise<void> | null = null;
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.bytes += chunk.length;
    if (this.text.length < 10_000) this.text += chunk;
    if (this.heldUntil === null) done();
    else this.heldUntil.then(done, done);
  }
}

function sh(script: string, rest: Partial<Command> = {}): Promise<CommandEnd> {
  return spawner.run({ run: { shell: '/bin/sh', script }, cwd: directory, ...rest });
}

const captureBoth = { capture: { stdout: true, stderr: true } };

const readPid = async (name: string) => Number(await readFile(join(directory, name), 'utf8'));
const isThere = (name: string) =>
  stat(join(directory, name)).then(
    () => true,
    () => false,
  );
const isWritten = (name: string) =>
  stat(join(directory, name)).then(
    ({ size }) => size > 0,
    () => false,
  );

describe('a command', () => {
  it('runs in its directory, with the environment of the worker and its own', async () => {
    const end = await sh('echo "$PWD $HOME $OWN"', { env: { OWN: 'mine' }, ...captureBoth });
    expect(end).toEqual({
      exitCode: 0,
      signal: null,
      interrupted: false,
      stdout: `${directory} ${process.env.HOME} mine\n`,
      stderr: '',
      truncated: false,
      tail: `${directory} ${process.env.HOME} mine\n`,
    });
  });

  it('gets its arguments as they are', async () => {
    const args = ['%s|%s|%s', 'a b', '$HOME', 'ü\n'];
    const end = await spawner.run({ run: { program: 'printf', args }, cwd: directory, ...captureBoth });
    expect(end.stdout).toBe('a b|$HOME|ü\n');
  });

  it('tells its exit code, or the signal that killed it', async () => {
    expect(await sh('exit 7')).toMatchObject({ exitCode: 7, signal: null });
    expect(await sh('kill -SEGV $$')).toMatchObject({ exitCode: null, signal: 'SIGSEGV' });
  });

  it('shows its output, and tells the end of it', async () => {
    const end = await sh('echo shown; echo too >&2');
    expect(screen.text.split('\n').sort()).toEqual(['', 'shown', 'too']);
    expect(end.stdout).toBe('');
    expect(end.tail.split('\n').sort()).toEqual(['', 'shown', 'too']);
  });

  it('leads a process group of its own', async () => {
    const { stdout } = await sh('echo $$ $(ps -o pgid= -p $$)', captureBoth);
    const [pid, group] = stdout.trim().split(/\s+/);
    expect(group).toBe(pid);
  });

  it('is over when it ends, though it leaves a process behind that holds its output open', async () => {
    const end = await sh('echo first; (sleep 30; echo late) & echo $! > left', captureBoth);
    expect(end).toMatchObject({ exitCode: 0, stdout: 'first\n' });
    process.kill(await readPid('left'), 'SIGKILL');
  });

  it('loses nothing that it wrote just before its end', async () => {
    const sizes = await Promise.all(
      Array.from({ length: 20 }, () => sh('head -c 200000 /dev/zero; exit 1', captureBoth)),
    );
    expect(sizes.map((end) => end.stdout.length)).toEqual(Array(20).fill(200_000));
  });
});

describe('commands of one line', () => {
  const ledger = async () => (await readFile(join(directory, 'ledger'), 'utf8')).trim().split('\n');
  const noting = (name: string) => `echo ${name}-begins >> ledger; sleep 0.02; echo ${name}-ends >> ledger`;

  it('run one after another, in their order', async () => {
    await Promise.all(['a', 'b', 'c'].map((name) => sh(noting(name), { line: 0 })));
    expect(await ledger()).toEqual(['a-begins', 'a-ends', 'b-begins', 'b-ends', 'c-begins', 'c-ends']);
  });

  it('do not wait for those of other lines', async () => {
    const meet = (own: string, other: string) => `touch ${own}; while [ ! -e ${other} ]; do sleep 0.01; done`;
    const ends = await Promise.all([sh(meet('a', 'b'), { line: 0 }), sh(meet('b', 'a'), { line: 1 })]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  });

  it('are started by two helper processes, those of one line by the same', async () => {
    const parents = await Promise.all(
      [0, 1, 2, 3, 1, undefined].map((line) =>
        sh('echo $PPID', { ...captureBoth, ...(line !== undefined && { line }) }),
      ),
    );
    const [first, second, ...others] = parents.map(({ stdout }) => stdout);
    expect(second).not.toBe(first);
    expect(others).toEqual([first, second, second, first]);
  });

  it('of the one helper process go on when the other dies', async () => {
    const mortal = sh('kill -9 $PPID; sleep 1000', { line: 0 });
    const other = sh('while [ ! -e go ]; do sleep 0.01; done', { line: 1 });
    await expect(mortal).rejects.toThrow('the helper process that started it is gone');
    await writeFile(join(directory, 'go'), '');
    expect(await other).toMatchObject({ exitCode: 0 });
    expect(await sh('exit 4', { line: 0 })).toMatchObject({ exitCode: 4 });
  });

  it('get what was meant for their standard input when it is their turn', async () => {
    const text = 'x'.repeat(600_000);
    const counts = await Promise.all(
      [1, 2].map(() => sh('wc -c', { line: 0, stdin: { text }, ...captureBoth })),
    );
    expect(counts.map(({ stdout }) => stdout.trim())).toEqual(['600000', '600000']);
  });

  it('go on behind one that fails or cannot be started', async () => {
    const line = { line: 0 };
    const [failed, refused, homeless, last] = await Promise.allSettled([
      sh('exit 3', line),
      spawner.run({ run: { program: 'no-such-program', args: [] }, cwd: directory, ...line }),
      sh('true', { cwd: join(directory, 'gone'), ...line }),
      sh('echo last', { ...captureBoth, ...line }),
    ]);
    expect(failed).toMatchObject({ value: { exitCode: 3 } });
    expect([refused?.status, homeless?.status]).toEqual(['rejected', 'rejected']);
    expect(last).toMatchObject({ value: { stdout: 'last\n' } });
  });

  it('are not started when they are interrupted before their turn', async () => {
    const interruption = new AbortController();
    const first = sh('touch begun; while [ ! -e go ]; do sleep 0.01; done', { line: 0 });
    const second = sh('touch second', { line: 0, signal: interruption.signal });
    await eventually(() => isThere('begun'));
    interruption.abort('SIGTERM');
    await expect(second).rejects.toThrow(NotStartedError);
    await writeFile(join(directory, 'go'), '');
    await first;
    await expect(stat(join(directory, 'second'))).rejects.toThrow('ENOENT');
  });

  it('tell whether their end was asked for while they ran', async () => {
    const interruption = new AbortController();
    const { signal } = interruption;
    const first = sh('true', { line: 0, signal });
    const second = sh('touch second; while true; do sleep 0.01; done', { line: 0, signal });
    await eventually(() => isThere('second'));
    interruption.abort('SIGTERM');
    expect(await first).toMatchObject({ exitCode: 0, interrupted: false });
    expect(await second).toMatchObject({ signal: 'SIGTERM', interrupted: true });
  });

  it('are turned away behind one that takes long, before and after that is known', async () => {
    const first = sh('while [ ! -e go ]; do sleep 0.01; done', { line: 0 });
    await expect(sh('touch second', { line: 0 })).rejects.toThrow(
      '`touch second` was not started: the command before it takes long',
    );
    await expect(sh('touch third', { line: 0 })).rejects.toThrow(NotStartedError);
    await writeFile(join(directory, 'go'), '');
    expect(await first).toMatchObject({ exitCode: 0 });
    expect(await sh('true', { line: 0 })).toMatchObject({ exitCode: 0 });
  });
});

describe('a command that cannot be started', () => {
  it('says what is missing', async () => {
    await expect(
      spawner.run({ run: { program: 'no-such-program', args: [] }, cwd: directory }),
    ).rejects.toThrow('no-such-program cannot be started: no-such-program: spawn no-such-program ENOENT');
  });

  it('says when it is the directory', async () => {
    await expect(sh('true', { cwd: join(directory, 'gone') })).rejects.toThrow(
      `\`true\` cannot be started in ${directory}/gone: there is no such directory`,
    );
  });

  it.each([
    ['a NUL', 'echo \0', /must be a string without null bytes/],
    ['more than the system takes', `: ${'x'.repeat(4_000_000)}`, /^`: x{98}…` cannot be started: .*E2BIG/],
  ])('says when its text holds %s', async (_, script, sentence) => {
    await expect(sh(script)).rejects.toThrow(sentence);
  });

  it('does no harm to the next', async () => {
    await expect(sh('true', { stdin: { file: 'absent' } })).rejects.toThrow('cannot be read: ENOENT');
    expect(await sh('true')).toMatchObject({ exitCode: 0 });
  });
});

describe('standard input', () => {
  it('comes from a file, relative to the directory of the command', async () => {
    await writeFile(join(directory, 'in'), 'from a file');
    expect(await sh('cat', { stdin: { file: 'in' }, ...captureBoth })).toMatchObject({
      stdout: 'from a file',
    });
  });

  it('takes a text of any size', async () => {
    const text = 'äbc\n'.repeat(2_000_000);
    const { stdout } = await sh('wc -c', { stdin: { text }, ...captureBoth });
    expect(Number(stdout)).toBe(Buffer.byteLength(text));
  });

  it('need not be read', async () => {
    const text = 'x'.repeat(5_000_000);
    expect(await sh('exit 0', { stdin: { text } })).toMatchObject({ exitCode: 0 });
  });

  it('is empty when nothing is given', async () => {
    expect(await sh('wc -c', captureBoth)).toMatchObject({ stdout: expect.stringMatching(/^\s*0\n$/) });
  });
});

describe('much output', () => {
  const megabytes = (count: number) => `head -c ${count * 1_000_000} /dev/zero`;

  it('is shown whole: 100 MB', async () => {
    const end = await sh(megabytes(100));
    expect(end.exitCode).toBe(0);
    expect(screen.bytes).toBe(100_000_000);
    expect(end.tail.length).toBeLessThanOrEqual(8 * 1024);
  });

  it('waits for a slow reader instead of filling memory', async () => {
    let open = () => {};
    screen.heldUntil = new Promise((resolve) => {
      open = resolve;
    });
    const running = sh(`${megabytes(20)}; echo done > done`);
    await eventually(() => screen.bytes > 0);
    // The pipe, the window and the buffers between hold less than that.
    const others = await Promise.all([sh('sleep 0.2'), sh('true')]);
    expect(others.map((end) => end.exitCode)).toEqual([0, 0]);
    expect(screen.writableLength).toBeLessThan(2_000_000);
    expect(await isWritten('done')).toBe(false);
    open();
    screen.heldUntil = null;
    await running;
    expect(screen.bytes).toBe(20_000_000);
  });

  it('goes straight into a file', async () => {
    await sh(megabytes(100), { stdoutFile: 'out' });
    expect((await stat(join(directory, 'out'))).size).toBe(100_000_000);
    expect(screen.bytes).toBe(0);
  });

  it('is captured up to a limit, and then said to be cut', async () => {
    const end = await sh(megabytes(100), captureBoth);
    expect(end.truncated).toBe(true);
    expect(end.stdout.length).toBe(capturedBytesLimit);
  });

  it('is written whole to a file though only its beginning is captured', async () => {
    const end = await sh(megabytes(80), { stdoutFile: 'out', capture: { stdout: true } });
    expect(end.truncated).toBe(true);
    expect((await stat(join(directory, 'out'))).size).toBe(80_000_000);
  });

  it('has a tail of whole lines', async () => {
    const { tail } = await sh('seq 1 100000');
    expect(tail).toMatch(/^\d+\n/);
    expect(tail.endsWith('\n99999\n100000\n')).toBe(true);
  });
});

describe('many commands at once', () => {
  it('each get their own output', async () => {
    const ends = await Promise.all(
      Array.from({ length: 100 }, (_, i) => sh(`echo ${i}; exit ${i % 7}`, captureBoth)),
    );
    expect(ends.map((end) => [end.stdout, end.exitCode])).toEqual(
      Array.from({ length: 100 }, (_, i) => [`${i}\n`, i % 7]),
    );
  });
});

describe('an interrupted command', () => {
  it('gets the signal that interrupts, with all its children', async () => {
    const interruption = new AbortController();
    const loop = (name: string) =>
      `trap 'echo ${name}; exit 9' INT; echo r >> ready; while :; do sleep 0.02; done`;
    // In the foreground, since a shell lets its background commands ignore SIGINT.
    const script = `trap 'echo parent; exit 9' INT; sh -c '${loop('child').replaceAll("'", `'\\''`)}'`;
    const running = sh(script, { signal: interruption.signal, ...captureBoth });
    await eventually(() => isWritten('ready'));
    interruption.abort('SIGINT');
    expect(await running).toMatchObject({ exitCode: 9, stdout: 'child\nparent\n' });
  });

  it('is killed with its whole group when the grace is over', async () => {
    const interruption = new AbortController();
    const script = `trap '' TERM; (trap '' TERM; echo ready > ready; sleep 1000) & echo $! > child; wait`;
    const running = sh(script, { signal: interruption.signal });
    await eventually(() => isWritten('ready'));
    interruption.abort();
    expect(await running).toMatchObject({ signal: 'SIGKILL' });
    expect(await isOver(await readPid('child'))).toBe(true);
  });

  it('is over only when what it started is', async () => {
    const interruption = new AbortController();
    const script = `(trap 'sleep 0.1; echo tidied > tidied; exit' TERM; echo ready > ready; while :; do sleep 0.02; done) & wait`;
    const running = sh(script, { signal: interruption.signal });
    await eventually(() => isWritten('ready'));
    interruption.abort();
    await running;
    expect(await isWritten('tidied')).toBe(true);
  });

  it('is not started when the interruption came before', async () => {
    await expect(sh('touch started', { signal: AbortSignal.abort('SIGTERM') })).rejects.toThrow(
      '`touch started` was not started: the task was interrupted',
    );
  });

  it('is killed at once by kill()', async () => {
    const running = sh(`trap '' TERM; echo ready > ready; sleep 1000`);
    await eventually(() => isWritten('ready'));
    spawner.kill();
    expect(await running).toMatchObject({ signal: 'SIGKILL' });
  });
});

describe('when the helper process dies', () => {
  it('ends what it ran, says so, and starts another for the next command', async () => {
    const running = sh('echo $$ $PPID > pids; sleep 1000');
    await eventually(() => isWritten('pids'));
    const [pid, helper] = (await readFile(join(directory, 'pids'), 'utf8')).split(/\s+/).map(Number);
    process.kill(helper ?? 0, 'SIGKILL');
    await expect(running).rejects.toThrow(
      'was killed: the helper process that started it is gone (it was killed by SIGKILL)',
    );
    await eventually(() => isOver(pid ?? 0));
    expect(await sh('true')).toMatchObject({ exitCode: 0 });
  });
});

describe('when the spawner stops', () => {
  it('ends what still runs', async () => {
    const running = sh('echo $$ > pid; sleep 1000');
    await eventually(() => isWritten('pid'));
    await spawner.stop();
    expect(await running).toMatchObject({ signal: 'SIGTERM' });
    expect(await isOver(await readPid('pid'))).toBe(true);
  });

  it('may be stopped twice, and before it has run anything', async () => {
    const other = startSpawner();
    await other.stop();
    await other.stop();
  });
});

describe('when the worker is killed', () => {
  it('its commands end, those that ignore SIGTERM too', async () => {
    const worker = startWorker(
      `run('echo $$ > polite; sleep 1000'); run("trap '' TERM; echo $$ > deaf; sleep 1000");`,
    );
    await eventually(async () => (await isWritten('polite')) && (await isWritten('deaf')));
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    for (const name of ['polite', 'deaf']) {
      const pid = await readPid(name);
      await eventually(() => isOver(pid));
    }
  });

  it('a worker that forgot to stop its spawner ends by itself', async () => {
    const worker = startWorker(`await run('true');`);
    const [code] = await once(worker, 'exit');
    expect(code).toBe(0);
  });
});

/** A worker process of its own, which runs shell commands in the test's directory. */
function startWorker(code: string): ChildProcess {
  const spawnerModule = fileURLToPath(new URL('../dist/spawner.js', import.meta.url));
  const program = `
    import { startSpawner } from ${JSON.stringify(spawnerModule)};
    const spawner = startSpawner();
    const run = (script) => spawner.run({ run: { shell: '/bin/sh', script }, cwd: ${JSON.stringify(directory)} });
    ${code}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
}
