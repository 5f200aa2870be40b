import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { float, integer, type UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import { pythonText } from '../../src/python-text.ts';
import { shellWords } from '../../src/tasks/shell-words.ts';

/** What a line of Python makes of each of many values; all in one process, since starting one takes a while. */
function inPython(expression: string, values: UserValue[]): unknown[] {
  const program = `
import json, shlex, sys
def words(line):
    try:
        return shlex.split(line)
    except ValueError:
        return None
json.dump([${expression} for value in json.load(sys.stdin)], sys.stdout)`;
  const answer = execFileSync('python3', ['-c', program], {
    input: stringifyJson(values),
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return JSON.parse(answer);
}

const text = fc.string({
  unit: fc.constantFrom(...'abT09 \'"\\\n\r\t\0\x7f\x80\xa0äß\u0378\u200b\u2028\u3000\ue000€😀'),
});

const number = fc.oneof(
  fc.double().map(float),
  fc.integer().map(float),
  fc.constantFrom(1e15, 1e16, 1e-4, 1e-5, 1.5e300, 5e-324, -0, 123456789012345680).map(float),
  fc.bigInt().map(integer),
  fc.integer(),
);

const { value } = fc.letrec<{ value: UserValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<UserValue[]>(null, true, false),
    number,
    text,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
}));

describe('where Firetasks do as Python does', () => {
  it('values are written as str() writes them', () => {
    const values = fc.sample(value, 5000);
    expect(values.map(pythonText)).toEqual(inPython('str(value)', values));
  });

  it('command lines are separated as shlex separates them', () => {
    const line = fc.string({ unit: fc.constantFrom(...'ab$*#; \t\n\'"\\é') });
    const lines = fc.sample(line, 5000);
    expect(lines.map(shellWords)).toEqual(inPython('words(value)', lines));
  });
});
