import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { defaultFWorkerFile, readFWorkerFile } from '../src/fworker-file.ts';
import { newSurroundings, writeText } from './surroundings.ts';

function read(text: string) {
  const here = newSurroundings();
  return readFWorkerFile(writeText(join(here.directory, 'my_fworker.yaml'), text), here);
}

describe('my_fworker.yaml', () => {
  it('need not be there: the default worker takes everything', () => {
    expect(defaultFWorkerFile().fworker).toEqual({
      name: 'Automatically generated Worker',
      category: '',
      query: new Map(),
      env: new Map(),
    });
  });

  it('is read as FireWorks reads it: the query is JSON in a text', async () => {
    const { fworker, python, warnings } = await read(
      `name: lab\ncategory: [a, b]\nquery: '{"spec.n": {"$gt": 1.0}}'\nenv: {code: vasp}\npython: python3.11\n`,
    );
    expect(fworker.name).toBe('lab');
    expect(fworker.category).toEqual(['a', 'b']);
    expect([...fworker.query.keys()]).toEqual(['spec.n']);
    expect(fworker.env.get('code')).toBe('vasp');
    expect([python, warnings]).toEqual(['python3.11', []]);
  });

  it.each([
    ['name: a\nquery: "{}"\n', `a worker needs the key "category" (for none: category: '')`],
    ['name: a\ncategory: x\n', `a worker needs the key "query" (for none: query: '{}')`],
    [
      `name: a\ncategory: x\nquery: '{bad'\n`,
      'my_fworker.yaml, line 3, query: the query, line 1, column 2: not JSON',
    ],
    [`name: a\ncategory: x\nquery: '[1]'\n`, 'line 3, query: a mapping in JSON is expected here'],
    [
      `name: a\ncategory: x\nquery: '{"$where": "1"}'\n`,
      'line 3, query: the query uses $where, which runs code',
    ],
    [
      `name: a\ncategory: x\nquery: '{}'\npython_start: thread\n`,
      'line 4, python_start: "thread" is none of fork, spawn',
    ],
    [
      `name: a\ncategory: x\nquery: '{}'\nenv: 1\n`,
      'line 4, env: a mapping is expected here, not an integer',
    ],
  ])('is refused with file, line and key: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toMatchObject({ code: 'BAD_CONFIGURATION', exitCode: 2 });
  });
});
