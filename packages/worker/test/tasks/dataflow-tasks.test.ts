import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { actionToDocument } from '@skyrocket/model/action-document';
import { Float } from '@skyrocket/model/user-data';
import { plain, startTrial, type Trial, userMap } from './task-trial.ts';

let trial: Trial;
beforeEach(async () => {
  trial = await startTrial();
});
afterEach(() => trial.end());

/** The action as the launchpad stores it, without what it does not ask for. */
async function action(name: string, parameters: object, spec: object = {}): Promise<object> {
  const document = actionToDocument({ ...emptyAction(), ...(await trial.run(name, parameters, spec)) });
  const asked = [...document].filter(
    ([, value]) => !(Array.isArray(value) ? value.length === 0 : value === false),
  );
  return Object.fromEntries(
    asked.map(([key, value]) => [key, plain(value)]).filter(([, value]) => !isEmpty(value)),
  );
}

const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

describe('JoinDictTask', () => {
  it('collects values of the spec in a new mapping', async () => {
    expect(await action('JoinDictTask', { inputs: ['a', 'b'], output: 'all' }, { a: 1, b: [2] })).toEqual({
      update_spec: { all: { a: 1, b: [2] } },
    });
  });

  it('adds them to the mapping that is there, renamed if asked', async () => {
    const parameters = { inputs: ['a', 'b'], output: 'all', rename: { a: 'alpha' } };
    expect(await action('JoinDictTask', parameters, { a: 1, b: 2, all: { old: 0, b: 0 } })).toEqual({
      update_spec: { all: { old: 0, alpha: 1, b: 2 } },
    });
  });

  it.each([
    [{ inputs: ['a'], output: 'all' }, {}, 'JoinDictTask: "inputs" names "a", which is not in the spec'],
    [{ inputs: ['a'] }, { a: 1 }, 'JoinDictTask: the parameter "output" is missing'],
    [{ inputs: 'a', output: 'all' }, { a: 1 }, 'JoinDictTask: "inputs" must be a list, not a text'],
    [
      { inputs: ['a'], output: 'all' },
      { a: 1, all: [] },
      'JoinDictTask: "the spec\'s all" must be a mapping, not a list',
    ],
  ])('refuses %j with the spec %j', async (parameters, spec, sentence) => {
    await expect(trial.run('JoinDictTask', parameters, spec)).rejects.toThrow(sentence);
  });
});

describe('JoinListTask', () => {
  it('appends values of the spec to a list, new or there', async () => {
    const parameters = { inputs: ['a', 'b'], output: 'all' };
    expect(await action('JoinListTask', parameters, { a: 1, b: [2] })).toEqual({
      update_spec: { all: [1, [2]] },
    });
    expect(await action('JoinListTask', parameters, { a: 1, b: [2], all: [0] })).toEqual({
      update_spec: { all: [0, 1, [2]] },
    });
  });

  it('leaves the running spec as it is', async () => {
    const spec = userMap({ a: 1, all: [0] });
    const { builtInTasks } = await import('../../src/tasks/built-in.ts');
    const task = builtInTasks.get('JoinListTask');
    if (!task) throw new Error('not built in');
    await trial.runTask(task, userMap({ inputs: ['a'], output: 'all' }), spec);
    expect(plain(spec)).toEqual({ a: 1, all: [0] });
  });
});

describe('ImportDataTask', () => {
  it('puts the content of a JSON file into the spec, floats as floats', async () => {
    await trial.write('data.json', '{"x": 1.0, "y": [1]}');
    const result = await trial.run('ImportDataTask', { filename: 'data.json', mapstring: 'a' });
    expect(result?.updateSpec).toEqual(
      new Map([
        [
          'a',
          new Map<string, unknown>([
            ['x', new Float(1)],
            ['y', [1]],
          ]),
        ],
      ]),
    );
  });

  it('puts the content of a YAML file deep into the spec', async () => {
    await trial.write('data.yaml', '- no\n- 2\n');
    const parameters = { filename: join(trial.launchDir, 'data.yaml'), mapstring: 'a/b/c' };
    expect(await action('ImportDataTask', parameters, { a: { b: { d: 1 }, e: 2 } })).toEqual({
      update_spec: { a: { b: { d: 1, c: ['no', 2] }, e: 2 } },
    });
  });

  it('merges a mapping into the one that is there', async () => {
    await trial.write('data.json', '{"x": 2, "z": 3}');
    const parameters = { filename: 'data.json', mapstring: 'a' };
    expect(await action('ImportDataTask', parameters, { a: { x: 1, y: 1 } })).toEqual({
      update_spec: { a: { x: 2, y: 1, z: 3 } },
    });
  });

  it.each([
    ['data.txt', 'a', /must be a \.json or a \.yaml file/],
    ['absent.json', 'a', /absent\.json cannot be read: ENOENT/],
    ['broken.json', 'a', /broken\.json/],
    ['data.json', 'b/c', /"mapstring" is b\/c, but b is no mapping of the spec/],
    ['data.json', 'n', /n is there and no mapping, so no mapping can be merged into it/],
  ])('refuses %s at %s in one sentence', async (filename, mapstring, sentence) => {
    await trial.write('broken.json', '{"x": ');
    await trial.write('data.json', '{"x": 2}');
    await expect(trial.run('ImportDataTask', { filename, mapstring }, { n: 1 })).rejects.toThrow(sentence);
  });
});

describe('ForeachTask', () => {
  const task = { _fw_name: 'CommandLineTask', inputs: ['list', 'other'], command_spec: {} };

  it('makes a detour of one Firework for each element', async () => {
    const spec = { list: ['a', 'b'], other: 1, _tasks: ['this one'], _fw_env: { secret: 1 }, _recovery: {} };
    const result = await trial.run('ForeachTask', { task, split: 'list' }, spec);
    expect(result?.detours?.map(({ fireworks }) => fireworks.map((firework) => firework.name))).toEqual([
      ['ForeachTask 0'],
      ['ForeachTask 1'],
    ]);
    expect(plain(result?.detours?.[1]?.fireworks[0]?.spec)).toEqual({
      list: ['b'],
      other: 1,
      _tasks: [{ ...task, chunk_number: 1 }],
    });
  });

  it.each([
    [5, 2, [3, 2]],
    [5, 4, [2, 2, 1]],
    [2, 7, [1, 1]],
    [4, 1, [4]],
  ])('cuts %d elements into %d chunks of %j', async (elements, chunks, lengths) => {
    const spec = { list: Array.from({ length: elements }, (_, i) => i) };
    const parameters = { task, split: 'list', 'number of chunks': chunks };
    const result = await trial.run('ForeachTask', parameters, spec);
    const lists = result?.detours?.map(({ fireworks }) => plain(fireworks[0]?.spec.get('list')));
    expect(lists?.map((list) => (Array.isArray(list) ? list.length : null))).toEqual(lengths);
    expect(lists?.flat()).toEqual(spec.list);
  });

  it('takes a task with one input that is no list', async () => {
    const one = { _fw_name: 'PyTask', func: 'print', inputs: 'list' };
    const result = await trial.run('ForeachTask', { task: one, split: 'list' }, { list: [1] });
    expect(result?.detours).toHaveLength(1);
  });

  it.each([
    [{ task, split: 'absent' }, '"split" names "absent", which is not among the inputs of "task"'],
    [{ task, split: 'other' }, 'ForeachTask: "split" names "other", which is not in the spec'],
    [{ task: { ...task, inputs: ['empty'] }, split: 'empty' }, "the spec's empty is empty"],
    [{ task: { ...task, inputs: ['n'] }, split: 'n' }, '"the spec\'s n" must be a list, not an integer'],
    [{ task, split: 'list', 'number of chunks': -1 }, '"number of chunks" must be at least 1, not -1'],
    [{ split: 'list' }, 'ForeachTask: the parameter "task" is missing'],
  ])('refuses %j', async (parameters, sentence) => {
    await expect(trial.run('ForeachTask', parameters, { list: [1], empty: [], n: 1 })).rejects.toThrow(
      sentence,
    );
  });
});

describe('CommandLineTask', () => {
  const data = (value: unknown) => ({ source: { type: 'data', value } });
  const captured = { target: { type: 'data' } };

  it('makes arguments of its inputs, in their order, bound to their prefixes', async () => {
    const command_spec = {
      command: ['printf', '%s|'],
      a: { ...data('x y'), binding: { prefix: '--a', separator: '=' } },
      b: { ...data(1.5), binding: { prefix: '-b', separator: null } },
      c: { source: { type: 'path', value: 'file.txt' } },
      out: captured,
    };
    expect(
      await action('CommandLineTask', { command_spec, inputs: ['a', 'b', 'c'], outputs: ['out'] }),
    ).toEqual({
      update_spec: { out: { type: 'data', value: '--a=x y|-b1.5|file.txt|' } },
    });
  });

  it('takes descriptions, one or a list, from the spec', async () => {
    const command_spec = { command: ['echo'], list: 'words', one: { source: 'word' }, out: captured };
    const spec = {
      words: [
        { type: 'data', value: 1 },
        { ...data(2), binding: { prefix: '-' } },
      ],
      word: { type: 'data', value: 3 },
    };
    expect(
      await action('CommandLineTask', { command_spec, inputs: ['list', 'one'], outputs: ['out'] }, spec),
    ).toEqual({
      update_spec: { out: { type: 'data', value: '1 -2 3' } },
    });
  });

  it('feeds standard input from data or a file', async () => {
    await trial.write('in.txt', 'from a file');
    for (const [source, value] of [
      [{ type: 'data', value: 'from data' }, 'from data'],
      [{ type: 'path', value: 'in.txt' }, 'from a file'],
    ]) {
      const command_spec = { command: ['cat'], in: { source, target: { type: 'stdin' } }, out: captured };
      expect(await action('CommandLineTask', { command_spec, inputs: ['in'], outputs: ['out'] })).toEqual({
        update_spec: { out: { type: 'data', value } },
      });
    }
  });

  it('writes standard output and error output to files, over what was there', async () => {
    await trial.write('out.txt', 'something older and longer');
    const command_spec = {
      command: ['sh', '-c', 'echo out; echo err >&2'],
      out: { source: { type: 'stdout' }, target: { type: 'path', value: 'out.txt' } },
      err: { source: { type: 'stderr' }, target: { type: 'path', value: 'err.txt' } },
    };
    expect(await action('CommandLineTask', { command_spec, outputs: ['out', 'err'] })).toEqual({
      update_spec: { out: { type: 'path', value: 'out.txt' }, err: { type: 'path', value: 'err.txt' } },
    });
    expect([await trial.read('out.txt'), await trial.read('err.txt')]).toEqual(['out\n', 'err\n']);
  });

  it('names the file in an argument when the command writes it', async () => {
    const command_spec = {
      command: ['sh', '-c', 'echo made > "$1"', 'sh'],
      out: { target: { type: 'path', value: 'made.txt' } },
    };
    await action('CommandLineTask', { command_spec, outputs: ['out'] });
    expect(await trial.read('made.txt')).toBe('made\n');
  });

  it('gives a file in a directory a name of its own', async () => {
    await trial.write('results/older', '');
    const command_spec = {
      command: ['echo', 'x'],
      out: { source: { type: 'stdout' }, target: { type: 'path', value: 'results' } },
    };
    const result = await trial.run('CommandLineTask', { command_spec, outputs: ['out'] });
    const target = result?.updateSpec?.get('out');
    const value = target instanceof Map ? String(target.get('value')) : '';
    expect(value).toMatch(/^results\/[0-9a-f-]{36}$/);
    expect(await trial.read(value)).toBe('x\n');
  });

  it('copies a file that the command always writes in one place', async () => {
    const command_spec = {
      command: ['sh', '-c', 'echo x > fixed.txt'],
      out: { source: { type: 'path', value: 'fixed.txt' }, target: { type: 'path', value: 'kept.txt' } },
    };
    await action('CommandLineTask', { command_spec, outputs: ['out'] });
    expect(await trial.read('kept.txt')).toBe('x\n');
  });

  it('pushes its results when it is one of a ForeachTask', async () => {
    const command_spec = {
      command: ['sh', '-c', 'echo x'],
      out: captured,
      file: { source: { type: 'stderr' }, target: { type: 'path', value: 'e' } },
    };
    expect(
      await action('CommandLineTask', { command_spec, outputs: ['out', 'file'], chunk_number: 0 }),
    ).toEqual({
      mod_spec: [
        { _push: { out: { type: 'data', value: 'x' } } },
        { _push: { file: { type: 'path', value: 'e' } } },
      ],
    });
  });

  it('asks for nothing when it has no outputs', async () => {
    expect(await trial.run('CommandLineTask', { command_spec: { command: ['true'] } })).toBeNull();
  });

  it('fails with the end of the output', async () => {
    const command_spec = { command: ['sh', '-c', 'echo the reason >&2; exit 3'] };
    await expect(trial.run('CommandLineTask', { command_spec })).rejects.toThrow(
      'CommandLineTask: the command ended with code 3; its output ends with:\nthe reason',
    );
  });

  it.each([
    [{}, 'the parameter "command_spec" is missing'],
    [{ command_spec: {} }, 'the parameter "command" is missing'],
    [{ command_spec: { command: [] } }, '"command" is empty'],
    [{ command_spec: { command: ['true'] }, inputs: ['a'] }, '"command_spec" does not describe "a"'],
    [
      { command_spec: { command: ['true'], a: 'b' }, inputs: ['a'] },
      '"command_spec" names "b", which is not in the spec',
    ],
    [{ command_spec: { command: ['true'], a: {} }, inputs: ['a'] }, 'the input "a" has no source'],
    [
      {
        command_spec: { command: ['true'], a: { source: { type: 'identifier', value: 'x' } } },
        inputs: ['a'],
      },
      'the type of the source of "a" must be path or data, not identifier',
    ],
    [
      { command_spec: { command: ['true'], a: { target: { type: 'identifier' } } }, outputs: ['a'] },
      'the type of the target of "a" must be path or data, not identifier',
    ],
  ])('refuses %j', async (parameters, sentence) => {
    await expect(trial.run('CommandLineTask', parameters)).rejects.toThrow(`CommandLineTask: ${sentence}`);
  });
});
