import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { isJsFiretaskName, jsFiretask } from '../src/js-firetask.ts';
import { defineFiretask } from '../src/js-task.ts';
import { plain, startTrial, type Trial, userMap } from './tasks/task-trial.ts';

/** The worker's directory, where relative modules are. */
let directory: string;
let trial: Trial;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'skyrocket-js-')));
  trial = await startTrial();
});
afterEach(async () => {
  await trial.end();
  await rm(directory, { recursive: true });
});

async function write(name: string, code: string): Promise<void> {
  await mkdir(dirname(join(directory, name)), { recursive: true });
  await writeFile(join(directory, name), code);
}

const run = (name: string, parameters: UserMap = new Map(), spec: UserMap = new Map()) =>
  trial.runTask(jsFiretask({ name, directory }), parameters, spec);

const runCode = async (code: string, parameters?: UserMap, spec?: UserMap) => {
  await write('tasks.mjs', code);
  return run('js:./tasks.mjs', parameters, spec);
};

describe('the name of a JavaScript Firetask', () => {
  it('begins with js:', () => {
    expect(['js:./a.mjs#A', 'ScriptTask', '{{a.B}}'].map(isJsFiretaskName)).toEqual([true, false, false]);
  });

  it('names an export of a module, relative to the directory of the worker', async () => {
    await write('lib/tasks.mjs', 'export const Square = ({ n }) => ({ update_spec: { square: n * n } });');
    const action = await run('js:./lib/tasks.mjs#Square', userMap({ n: 3 }));
    expect(plain(action?.updateSpec)).toEqual({ square: 9 });
  });

  it('names the default export otherwise, and may be absolute', async () => {
    await write('tasks.mjs', 'export default async () => ({ stored_data: { who: "default" } });');
    const action = await run(`js:${directory}/tasks.mjs`);
    expect(plain(action?.storedData)).toEqual({ who: 'default' });
  });

  it('names a package that is installed for the worker', async () => {
    await write('node_modules/my-tasks/package.json', '{"type": "module", "exports": "./index.js"}');
    await write('node_modules/my-tasks/index.js', 'export const A = () => ({ exit: true });');
    expect((await run('js:my-tasks#A'))?.exit).toBe(true);
  });

  it.each(['js:', 'js:#A', 'js:./a.mjs#', 'js:./a.mjs#A#B'])('is not %s', async (name) => {
    await expect(run(name)).rejects.toThrow(`"${name}" names no Firetask; write js:./tasks.mjs#MyTask`);
  });
});

describe('a JavaScript Firetask', () => {
  it('may return nothing', async () => {
    expect(await runCode('export default () => {}')).toBeNull();
  });

  it('runs in the launch directory and sees who runs it', async () => {
    const action = await runCode(
      `export default (parameters, { fwId, name, launchDir, fworker, spec }) => ({
      stored_data: { cwd: process.cwd(), fwId, name, launchDir, worker: fworker.name, x: spec.x, parameters },
    });`,
      userMap({ p: [1] }),
      userMap({ x: { y: 1 } }),
    );
    expect(plain(action?.storedData)).toEqual({
      cwd: trial.launchDir,
      fwId: 7,
      name: 'trial',
      launchDir: trial.launchDir,
      worker: 'w1',
      x: { y: 1 },
      parameters: { p: [1] },
    });
  });

  it('shows what it prints', async () => {
    await runCode('export default () => { console.log("to output"); console.error("to error output"); }');
    expect(trial.shown()).toContain('to output\n');
    expect(trial.shown()).toContain('to error output\n');
  });

  it('shows 50 MB of output whole', async () => {
    await runCode(
      'export default () => { for (let i = 0; i < 50; i++) process.stdout.write("x".repeat(1e6)); }',
    );
    expect(trial.shown().length).toBe(50_000_000);
  });

  it('may add Fireworks', async () => {
    const action = await runCode(`export default () => ({
      detours: { name: 'more', spec: { _tasks: [{ _fw_name: 'ScriptTask', script: 'true' }] } },
    });`);
    expect(action?.detours?.map(({ name }) => name)).toEqual(['more']);
  });

  it('ends with what it left running', async () => {
    const action = await runCode(
      `export default () => { setInterval(() => {}, 1000); return { exit: true }; }`,
    );
    expect(action?.exit).toBe(true);
  });
});

describe('the data of a JavaScript Firetask', () => {
  const spec: UserMap = new Map<string, UserValue>([
    ['float', new Float(1)],
    ['large', 2n ** 64n],
    ['nan', Number.NaN],
    ['negative', Number.NEGATIVE_INFINITY],
    ['10', 'ten'],
    ['2', 'two'],
    ['__proto__', new Map([['polluted', true]])],
  ]);

  it('keeps type and order when it hands on what context.lossless gives', async () => {
    const code = 'export default (_, { lossless }) => ({ update_spec: { all: lossless.spec } });';
    const action = await runCode(code, new Map(), spec);
    expect(action?.updateSpec?.get('all')).toEqual(spec);
    const all = action?.updateSpec?.get('all');
    expect(all instanceof Map ? [...all.keys()] : []).toEqual([...spec.keys()]);
  });

  it('is plain otherwise, and nothing in it reaches a prototype', async () => {
    const code = `export default (_, { spec }) => ({ stored_data: {
      float: spec.float, large: String(spec.large), own: spec.__proto__.polluted, other: {}.polluted ?? 'clean' } });`;
    const action = await runCode(code, new Map(), spec);
    expect(plain(action?.storedData)).toEqual({
      float: 1,
      large: String(2n ** 64n),
      own: true,
      other: 'clean',
    });
  });

  it('gives floats where it says so', async () => {
    const action = await runCode(
      'export default (_, { float }) => ({ update_spec: { a: float(2), b: 2 } });',
    );
    expect(action?.updateSpec).toEqual(
      new Map<string, UserValue>([
        ['a', new Float(2)],
        ['b', 2],
      ]),
    );
  });
});

describe('a JavaScript Firetask that fails', () => {
  it('by throwing tells where', async () => {
    const running = runCode('export default () => { throw new Error("no convergence"); }');
    await expect(running).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringMatching(/^js:\.\/tasks\.mjs: Error: no convergence\n.*tasks\.mjs:1:/),
    });
  });

  it('by throwing what is no error tells what', async () => {
    await expect(runCode('export default () => { throw "a text"; }')).rejects.toThrow(
      'js:./tasks.mjs: a text',
    );
  });

  it('by ending its process tells its code and its last words', async () => {
    const running = runCode('export default () => { console.error("I give up"); process.exit(0); }');
    await expect(running).rejects.toThrow(
      'js:./tasks.mjs: its process ended with code 0 before the task had returned; its output ends with:\nI give up',
    );
  });

  it('by a promise that never comes tells that, too', async () => {
    await expect(runCode('export default () => new Promise(() => {});')).rejects.toThrow(
      'its process ended with code 13 before the task had returned',
    );
  });

  it('by an error that nobody catches tells its last words', async () => {
    const code = `export default () => new Promise(() => setTimeout(() => { throw new Error('too late'); }, 1));`;
    await expect(runCode(code)).rejects.toThrow(/ended with code \d+ before [\s\S]*too late/);
  });

  it('by a signal tells which', async () => {
    const running = runCode(`export default () => { process.kill(process.pid, 'SIGKILL'); for (;;); }`);
    await expect(running).rejects.toThrow('its process was ended by SIGKILL before the task had returned');
  });

  it('by code that cannot be read tells where', async () => {
    await expect(runCode('export default (')).rejects.toMatchObject({
      code: 'TASK_FAILED',
      message: expect.stringContaining('js:./tasks.mjs: ./tasks.mjs cannot be loaded: '),
    });
  });

  it('by an export that is not there tells its name', async () => {
    await write('tasks.mjs', 'export const A = 1;');
    await expect(run('js:./tasks.mjs#A')).rejects.toThrow('./tasks.mjs exports no function named A');
    await expect(run('js:./tasks.mjs#B')).rejects.toThrow('./tasks.mjs exports no function named B');
  });

  it.each([
    ['[]', 'BAD_ACTION', /js:\.\/tasks\.mjs: a mapping is expected here, not a list/],
    ['{ udpate_spec: {} }', 'BAD_ACTION', /the key "udpate_spec" should probably be "update_spec"/],
    ['{ result: 1 }', 'BAD_ACTION', /the key "result" is none of an FWAction \(stored_data, exit, /],
    ['{ update_spec: { f() {} } }', 'TASK_FAILED', /a function cannot be stored as user data/],
  ])('by returning %s tells what is wrong with it', async (returned, code, sentence) => {
    const running = runCode(`export default () => (${returned});`);
    await expect(running).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
  });

  it('by looping for ever is ended when the worker is', async () => {
    const running = runCode(`import { writeFileSync } from 'node:fs';
      export default () => { writeFileSync('looping', 'yes'); for (;;); }`);
    await trial.run('ScriptTask', { script: 'until [ -s looping ]; do sleep 0.05; done' });
    trial.interruption.abort('SIGTERM');
    await expect(running).rejects.toThrow('its process was ended by SIGTERM');
  });
});

describe('a JavaScript Firetask that is interrupted', () => {
  it('may tidy up when it looks at its signal', async () => {
    const running = runCode(`import { writeFileSync } from 'node:fs';
      export default (_, { signal }) => new Promise((resolve) => {
        const keepsAlive = setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => {
          clearInterval(keepsAlive);
          resolve({ stored_data: { interrupted: signal.reason } });
        });
        writeFileSync('listening', 'yes');
      });`);
    await trial.run('ScriptTask', { script: 'until [ -s listening ]; do sleep 0.05; done' });
    trial.interruption.abort('SIGTERM');
    expect(plain((await running)?.storedData)).toEqual({ interrupted: 'SIGTERM' });
  });
});

describe('a module that this worker does not have', () => {
  it('is no fault of the Firework', async () => {
    await expect(run('js:./absent.mjs')).rejects.toMatchObject({
      code: 'CANNOT_IMPORT',
      message: expect.stringMatching(
        /^module \.\/absent\.mjs cannot be imported by Node v\S+ on w1: .*absent\.mjs/,
      ),
    });
    await expect(run('js:no-such-package#A')).rejects.toMatchObject({ code: 'CANNOT_IMPORT' });
  });

  it('may be one that the module imports', async () => {
    await expect(runCode(`import 'no-such-package'; export default () => {};`)).rejects.toMatchObject({
      code: 'CANNOT_IMPORT',
      message: expect.stringContaining('no-such-package'),
    });
  });
});

describe('a TypeScript Firetask', () => {
  const canRunTypeScript = process.allowedNodeEnvironmentFlags.has('--experimental-strip-types');

  it(canRunTypeScript ? 'runs as it is' : 'is refused by a Node that cannot run it', async () => {
    await write('tasks.ts', 'export const A = ({ n }: { n: number }) => ({ stored_data: { n } });');
    const running = run('js:./tasks.ts#A', userMap({ n: 1 }));
    if (canRunTypeScript) expect(plain((await running)?.storedData)).toEqual({ n: 1 });
    else
      await expect(running).rejects.toMatchObject({
        code: 'CANNOT_IMPORT',
        message: expect.stringContaining('it is TypeScript, which Node runs from 22.6 on'),
      });
  });
});

describe('the typed base', () => {
  it('gives back the function that it types', async () => {
    const base = fileURLToPath(new URL('../dist/js-task.js', import.meta.url));
    const action = await runCode(
      `import { defineFiretask } from ${JSON.stringify(base)};
      export default defineFiretask(({ n }) => ({ update_spec: { twice: 2 * n } }));`,
      userMap({ n: 4 }),
    );
    expect(plain(action?.updateSpec)).toEqual({ twice: 8 });
  });

  it('knows the parameters and the keys of an action', () => {
    const Square = defineFiretask<{ n: number }>(({ n }) => ({ update_spec: { square: n * n } }));
    // @ts-expect-error: a text has no square
    defineFiretask<{ n: string }>(({ n }) => ({ update_spec: { square: n * n } }));
    // @ts-expect-error: no action has this key
    defineFiretask(() => ({ udpate_spec: {} }));
    expect(Square).toBeInstanceOf(Function);
  });
});
