import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Float, toPlain, type UserMap } from '@skyrocket/model/user-data';
import { runAll, specOf, userMap, type Workbench, workbench } from './python-workbench.ts';

// Importing FireWorks takes seconds on a busy machine.

const bench = workbench();
const spawning = workbench({}, { start: 'spawn' });
afterAll(() => Promise.all([bench.end(), spawning.end()]));

async function storedBy(task: string, spec: object = {}, at: Workbench = bench): Promise<UserMap> {
  const [action] = await runAll(at, { ...specOf(task), ...spec });
  return action?.storedData ?? new Map();
}

describe.each([
  ['forked from the kept interpreter', bench],
  ['a fresh interpreter', spawning],
])('a Python Firetask in a process that is %s', (_, at) => {
  it('returns its action, or none', async () => {
    expect(await runAll(at, specOf('lab_tasks.Nothing'))).toEqual([null]);
  });

  it('may stand alone under _tasks, as in files of FireWorks', async () => {
    const spec = { _tasks: { _fw_name: '{{lab_tasks.Nothing}}' }, _fw_env: {} };
    const firework = await at.open({ spec, pythonTasks: [0] });
    expect(await firework.run(0, userMap(spec))).toBeNull();
    await firework.close();
  });

  it('knows its Firework and worker, and runs in the launch directory with nothing to read', async () => {
    const told = await storedBy('lab_tasks.TellAbout', { _fw_env: { cores: 4 }, _add_fworker: true }, at);
    expect(told.get('fw_id')).toBe(7);
    expect(told.get('launchpad')).toBeNull();
    expect(told.get('fworker')).toBe('bench');
    expect(told.get('directory')).toBe(at.directory);
    expect(told.get('fw_env')).toEqual(new Map([['cores', 4]]));
    expect(told.get('leader')).toBe(true);
    expect(told.get('standard_input')).toBe('');
  });

  it('shows what it prints on the screens of the worker, and keeps the end of it', async () => {
    const firework = await at.open({ spec: specOf('lab_tasks.Print') });
    await firework.run(0, userMap(specOf('lab_tasks.Print')));
    const tail = await firework.tail();
    await firework.close();
    expect(tail).toContain('to the output\n');
    expect(tail).toContain('to the error output\n');
    expect(at.printed.stdout).toContain('to the output\n');
    expect(at.printed.stderr).toContain('to the error output\n');
  });

  it('finds Firetasks by short names in packages of the user, and is told old names of Firetasks', async () => {
    const own = workbench(
      { nameUpdates: new Map([['Measure Task', 'MeasureTask']]) },
      { start: at === bench ? 'fork' : 'spawn', userPackages: ['fireworks.user_objects', 'lab_package'] },
    );
    for (const name of ['MeasureTask', 'Measure Task', 'MeasureTask']) {
      const [action] = await runAll(own, { _tasks: [{ _fw_name: name, what: 'volume' }], _fw_env: {} });
      expect(action?.storedData.get('measured')).toBe('volume');
    }
    await own.end();
  });
});

describe('the environment of Python Firetasks', () => {
  it('is that of the worker with what the Firework adds, and without what opens the launchpad', async () => {
    process.env.SKYROCKET_TOKEN = 'secret-1';
    process.env.SKYROCKET_LAUNCHPAD_PASSWORD = 'secret-2';
    process.env.LAB_LICENCE = 'abc';
    const guarded = workbench();
    const spec = specOf('lab_tasks.TellAbout');
    const firework = await guarded.open({ spec, environment: { OMP_NUM_THREADS: '2' } });
    const action = await firework.run(0, userMap(spec));
    await firework.close();
    await guarded.end();
    const environment = toPlain(action?.storedData.get('environment') ?? null);
    expect(environment).toMatchObject({ LAB_LICENCE: 'abc', OMP_NUM_THREADS: '2' });
    const everything = JSON.stringify(toPlain(action?.storedData ?? null));
    expect(everything).not.toContain('secret-');
  });
});

describe('spec._tasks', () => {
  it('shows Firetasks as objects, and those of the worker as they stand in the file', async () => {
    const spec = {
      _tasks: [{ _fw_name: 'js:./tasks.mjs' }, { _fw_name: '{{lab_tasks.TellTasks}}' }],
      _fw_env: {},
    };
    const firework = await bench.open({ spec, pythonTasks: [1] });
    const told = await firework.run(1, userMap(spec));
    await firework.close();
    expect(told?.storedData.get('tasks')).toEqual(['dict', 'TellTasks']);
  });
});

describe('the running spec between two tasks of one Firework', () => {
  it('hands on live objects that a task put into update_spec', async () => {
    const [, used] = await runAll(bench, specOf('lab_tasks.MakeSample', 'lab_tasks.UseSample'));
    expect(used?.storedData).toEqual(
      new Map([
        ['name', 'salt'],
        ['array', 'ndarray'],
      ]),
    );
  });

  it('keeps what a task changed in place, as FireWorks does', async () => {
    const spec = { ...specOf('lab_tasks.ChangeInPlace', 'lab_tasks.ShowSpec'), list: ['given'] };
    const [, shown] = await runAll(bench, spec);
    expect(toPlain(shown?.storedData ?? null)).toEqual({ list: ['given', 'from the task'], new: 1 });
  });

  it('follows what other tasks of the worker have changed meanwhile', async () => {
    const spec = { ...specOf('lab_tasks.Nothing', 'lab_tasks.ShowSpec'), kept: 1, changed: 1, dropped: 1 };
    const firework = await bench.open({ spec });
    await firework.run(0, userMap(spec));
    const { dropped: _, ...running } = { ...spec, changed: 2, added: [1] };
    const shown = await firework.run(1, userMap(running));
    await firework.close();
    expect(toPlain(shown?.storedData ?? null)).toEqual({ kept: 1, changed: 2, added: [1] });
  });
});

describe('objects inside a spec', () => {
  it('are what they are in FireWorks: monty objects, Firetasks, dates', async () => {
    const described = await storedBy('lab_tasks.Describe', {
      sample: { '@module': 'lab_objects', '@class': 'Sample', name: 'salt', values: [] },
      later: { _fw_name: '{{lab_tasks.Nothing}}' },
      when: '2026-01-02T03:04:05',
      day: '2026-01-02',
    });
    expect(toPlain(described.get('kinds') ?? null)).toEqual({
      sample: 'Sample',
      later: 'Nothing',
      when: 'datetime',
      day: 'str',
    });
  });

  it('come back in actions as FireWorks writes them', async () => {
    const [made] = await runAll(bench, specOf('lab_tasks.MakeSample'));
    expect(toPlain(made?.updateSpec.get('sample') ?? null)).toMatchObject({
      '@class': 'Sample',
      name: 'salt',
    });
    expect(made?.updateSpec.get('array')).toEqual([new Float(1), 2.5]);
  });

  it('may be whole Workflows: additions and detours', async () => {
    const [action] = await runAll(bench, { ...specOf('lab_tasks.AddMore'), list: [] });
    expect(action?.additions.map(({ fireworks }) => fireworks.map(({ name }) => name))).toEqual([
      ['addition'],
    ]);
    expect(action?.detours.map(({ name }) => name)).toEqual(['around']);
    expect(action?.additions[0]?.fireworks[0]?.spec.get('x')).toEqual(new Float(1));
    expect(toPlain(action?.storedData ?? null)).toEqual({ when: '2026-01-02T03:04:05' });
  });
});

describe('what Firetasks print', () => {
  it('goes into the launch directory where that is asked for', async () => {
    const redirected = workbench({ output: 'launch-directory' });
    const spec = specOf('lab_tasks.Print');
    const firework = await redirected.open({ spec });
    await firework.run(0, userMap(spec));
    expect(await firework.tail()).toBe('to the output\n\nto the error output\n');
    await firework.close();
    expect(readFileSync(join(redirected.directory, 'FW_job.out'), 'utf8')).toBe('to the output\n');
    expect(readFileSync(join(redirected.directory, 'FW_job.error'), 'utf8')).toBe('to the error output\n');
    expect(redirected.printed.stdout).toBe('');
    await redirected.end();
  });

  it('may be 100 MB: the worker shows it all, and keeps the end of it', async () => {
    const spec = specOf('lab_tasks.PrintMuch');
    const firework = await bench.open({ spec });
    await firework.run(0, userMap(spec));
    expect(await firework.tail()).toMatch(/x{99}\nthe last line\n$/);
    await firework.close();
    expect(bench.printed.stdout).toMatch(/the last line\n$/);
  });
});

describe('the end of a Firework', () => {
  it('lets exit handlers run, and waits for no thread that a task has left', async () => {
    await runAll(bench, specOf('lab_tasks.LeaveBehind'));
    expect(existsSync(join(bench.directory, 'farewell'))).toBe(true);
  });
});
