import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Float } from '@skyrocket/model/user-data';
import { PythonImportError, PythonTaskError } from '../src/python-bridge-errors.ts';
import { eventually, isOver } from './processes.ts';
import { runAll, specOf, userMap, type Workbench, workbench } from './python-workbench.ts';

// Importing FireWorks takes seconds on a busy machine.

const bench = workbench();
afterAll(() => bench.end());
afterEach(() => {
  for (const name of ['hangs', 'child']) rmSync(join(bench.directory, name), { force: true });
});

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it succeeded with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

async function failureOf(task: string, at: Workbench = bench): Promise<PythonTaskError> {
  const error = await rejection(runAll(at, specOf(`lab_failures.${task}`)));
  if (error instanceof PythonTaskError) return error;
  throw error;
}

async function missingFrom(spec: object, at: Workbench = bench): Promise<PythonImportError> {
  const error = await rejection(runAll(at, spec));
  if (error instanceof PythonImportError) return error;
  throw error;
}

/** Whether the bridge still runs other Fireworks. */
async function stillWorks(): Promise<void> {
  expect(await runAll(bench, specOf('lab_tasks.Nothing'))).toEqual([null]);
}

describe('a Firetask that raises', () => {
  it('fails with the error, and tells the stack trace from the first line that is the user’s', async () => {
    const error = await failureOf('RaiseError');
    expect(error.code).toBe('TASK_FAILED');
    expect(error.message).toBe('{{lab_failures.RaiseError}}: ValueError: the cell is not periodic');
    const trace = String(error.exception.get('_stacktrace'));
    expect(trace).toMatch(/^Traceback \(most recent call last\):\n {2}File ".*lab_failures.py"/);
    expect(trace).toMatch(/\nValueError: the cell is not periodic\n$/);
    expect(error.exception.get('_details')).toBeNull();
  });

  it('prints the stack trace where tasks print theirs', async () => {
    const spec = specOf('lab_failures.RaiseError');
    const firework = await bench.open({ spec });
    await rejection(firework.run(0, userMap(spec)));
    expect(await firework.tail()).toMatch(/^before the error\nTraceback .*the cell is not periodic\n$/s);
    await firework.close();
  });

  it('tells what the error says of itself', async () => {
    const error = await failureOf('RaiseTold');
    expect(error.exception.get('_details')).toEqual(new Map([['pressure', new Float(1)]]));
  });

  it('fails too when it asks Python to exit', async () => {
    expect((await failureOf('ExitByError')).message).toBe(
      '{{lab_failures.ExitByError}}: SystemExit: no licence',
    );
  });

  it('fails when it has closed its output before', async () => {
    expect((await failureOf('CloseOutput')).message).toContain('RuntimeError: nobody hears this');
  });
});

describe('a Firetask whose process ends', () => {
  it.each([
    ['ExitAtOnce', 'ended with code 3'],
    ['ExitAsIfGood', 'ended with code 0'],
    ['Crash', 'was ended by SIGSEGV'],
    ['KillItself', 'was ended by SIGKILL'],
    ['CloseDescriptors', 'closed its connection to the worker'],
  ])('%s: its process %s', async (task, how) => {
    const error = await failureOf(task);
    expect(error.message).toBe(`{{lab_failures.${task}}}: its process ${how} before the task had returned`);
    await stillWorks();
  });
});

describe('a Firetask that returns', () => {
  it('something else than an action fails', async () => {
    const { message } = await failureOf('ReturnText');
    expect(message).toMatch(/TypeError: run_task returned an object of type str, not an FWAction or None$/);
  });

  it('keys that are no texts fails: in the database they would be others', async () => {
    const { message } = await failureOf('ReturnBadKeys');
    expect(message).toContain('stored_data.ids has the key 4 of type int; keys must be strings');
  });

  it('an action that is none is told so', async () => {
    const error = await rejection(runAll(bench, specOf('lab_failures.ReturnBadAction')));
    expect(error).toMatchObject({ code: 'BAD_ACTION', message: expect.stringContaining('update_spec') });
  });

  it('more than 64 MiB fails', async () => {
    const { message } = await failureOf('ReturnTooMuch');
    expect(message).toMatch(/bytes are more than the limit of 67108864 bytes$/);
  });

  it('twice, in a copy of its process that it made, is heard once', async () => {
    const [action] = await runAll(bench, specOf('lab_failures.ReturnTwice'));
    expect(action?.storedData.get('from')).toBe('the task');
  });
});

describe('a Firework that is interrupted', () => {
  async function interrupted(task: string, reason: string): Promise<unknown> {
    const aborting = new AbortController();
    const spec = specOf(`lab_failures.${task}`);
    const firework = await bench.open({ spec, signal: aborting.signal });
    const failed = rejection(firework.run(0, userMap(spec)));
    await pidIn('hangs');
    aborting.abort(reason);
    const error = await failed;
    await firework.close();
    return error;
  }

  it('by SIGINT sees it as Python shows it', async () => {
    expect(await interrupted('Hang', 'SIGINT')).toMatchObject({
      message: '{{lab_failures.Hang}}: KeyboardInterrupt',
    });
    const pid = await pidIn('hangs');
    await eventually(() => isOver(pid));
  });

  it('by SIGTERM ends', async () => {
    expect(await interrupted('Hang', 'SIGTERM')).toMatchObject({
      message: expect.stringContaining('was ended by SIGTERM'),
    });
  });

  it('is killed after the grace when it does not listen, with the processes that it started', async () => {
    expect(await interrupted('HangStubbornly', 'SIGTERM')).toMatchObject({
      message: expect.stringContaining('was ended by SIGKILL'),
    });
    const pid = await pidIn('child');
    await eventually(() => isOver(pid));
  });

  it('before it began is not run', async () => {
    const spec = specOf('lab_failures.Hang');
    const error = await rejection(bench.open({ spec, signal: AbortSignal.abort('SIGTERM') }));
    expect(error).toBeInstanceOf(PythonTaskError);
    expect(existsSync(join(bench.directory, 'hangs'))).toBe(false);
  });
});

describe('a worker that lacks what a Firetask needs says so, and nothing has run', () => {
  const { python } = bench;

  it.each([
    [
      'a module',
      'no_such_lab.Task',
      'module no_such_lab',
      "ModuleNotFoundError: No module named 'no_such_lab'",
    ],
    [
      'what a module imports',
      'lab_missing.Task',
      'module lab_missing',
      "No module named 'no_such_module_anywhere'",
    ],
    ['a licence', 'lab_unlicensed.Task', 'module lab_unlicensed', 'RuntimeError: this needs a licence'],
    ['a class', 'lab_tasks.NoSuchTask', 'module lab_tasks', 'could not find'],
    [
      'a library that works',
      'lab_crashing.Task',
      'the module of {{lab_crashing.Task}}',
      'was ended by SIGSEGV',
    ],
  ])('%s', async (_, task, module, cause) => {
    const error = await missingFrom(specOf('lab_tasks.Print', task));
    expect(error.code).toBe('CANNOT_IMPORT');
    expect(error.message).toMatch(`${module} cannot be imported by ${python} on bench: `);
    expect(error.message).toContain(cause);
    await stillWorks();
  });

  it('a Firetask with a short name', async () => {
    const error = await missingFrom({ _tasks: [{ _fw_name: 'NoSuchTask' }], _fw_env: {} });
    expect(error.task).toBe('NoSuchTask');
    expect(error.message).toMatch(/^the module of NoSuchTask cannot be imported by .* on bench: /);
  });

  it('the class of an object in its spec', async () => {
    const error = await missingFrom({
      ...specOf('lab_tasks.Nothing'),
      later: [{ _fw_name: '{{no_such_lab.Task}}' }],
    });
    expect(error.message).toContain('module no_such_lab cannot be imported by');
    expect(error.task).toBe('{{lab_tasks.Nothing}}');
  });

  it('an interpreter', async () => {
    const without = workbench({}, { python: '/no/such/python' });
    const error = await missingFrom(specOf('lab_tasks.Nothing'), without);
    expect(error.message).toMatch(
      /^module fireworks cannot be imported by \/no\/such\/python on bench: it cannot be started: .*ENOENT/,
    );
    await without.end();
  });

  it('FireWorks', async () => {
    const without = workbench({}, { python: pythonWithoutPackages() });
    const error = await missingFrom(specOf('lab_tasks.Nothing'), without);
    expect(error.message).toMatch(
      /^module fireworks cannot be imported by .* on bench: ModuleNotFoundError: No module named 'fireworks'/,
    );
    await without.end();
  });

  it('but wrong parameters are no lack of the worker', async () => {
    const own = workbench({}, { userPackages: ['lab_package'] });
    const error = await rejection(runAll(own, { _tasks: [{ _fw_name: 'MeasureTask' }], _fw_env: {} }));
    expect(error).toBeInstanceOf(PythonTaskError);
    expect(error).toMatchObject({
      message: expect.stringContaining('Required parameter what not specified!'),
    });
    await own.end();
  });
});

describe('when the kept interpreter dies', () => {
  it('the Fireworks that it started are killed, and the next one starts another', async () => {
    const spec = specOf('lab_failures.Hang');
    const firework = await bench.open({ spec });
    const failed = rejection(firework.run(0, userMap(spec)));
    process.kill(await keeperOf(bench), 'SIGKILL');
    expect(await failed).toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringContaining('was killed: the Python interpreter that started it is gone'),
    });
    await firework.close();
    await stillWorks();
  });

  it('while it loads a Firework, the Firework is loaded by the next one', async () => {
    const loading = bench.open({ spec: specOf('lab_slow.Task') });
    process.kill(await pidIn('hangs'), 'SIGKILL');
    const firework = await loading;
    expect(await firework.run(0, userMap(specOf('lab_slow.Task')))).toBeNull();
    await firework.close();
  });

  it('and when the worker asks for it, all ends at once', async () => {
    const own = workbench();
    const spec = specOf('lab_failures.HangStubbornly');
    const firework = await own.open({ spec });
    const failed = rejection(firework.run(0, userMap(spec)));
    own.bridge.kill();
    expect(await failed).toBeInstanceOf(PythonTaskError);
    await firework.close();
    expect(await rejection(own.open({ spec }))).toMatchObject({
      message: 'no Python Firetask is started any more: the worker ends',
    });
    await own.end();
  });
});

/** The process id that a task has written into a file of its launch directory. */
async function pidIn(name: string): Promise<number> {
  const file = join(bench.directory, name);
  await eventually(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  return Number(readFileSync(file, 'utf8'));
}

/** The interpreter of the bench, which does not see what is installed. */
function pythonWithoutPackages(): string {
  const path = join(bench.directory, 'python-without-packages');
  writeFileSync(path, `#!/bin/sh\nexec "${bench.python}" -S "$@"\n`, { mode: 0o755 });
  return path;
}

/** The parent of a Firework's process. */
async function keeperOf(at: Workbench): Promise<number> {
  const spec = specOf('lab_tasks.TellAbout');
  const firework = await at.open({ spec });
  const action = await firework.run(0, userMap(spec));
  await firework.close();
  return Number(action?.storedData.get('parent'));
}
