import { describe, expect, it } from '@jest/globals';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { Float, toPlain } from '@skyrocket/model/user-data';

describe('JSON without loss', () => {
  it.each([
    '1.0',
    '1',
    '-0.0',
    '0',
    '9007199254740993',
    '-123456789012345678901234567890',
    '0.1',
    '1e+300',
    '5e-324',
    'NaN',
    'Infinity',
    '-Infinity',
    '"\\u0000"',
    '"\\ud800"',
    '{"b": 1, "2": 2, "1": {"__proto__": [], "constructor": null}}',
    '[[], {}, "", true, false, null]',
  ])('%s comes back as it was', (text) => expect(stringifyJson(parseJson(text))).toBe(text));

  it('reads integers as numbers or bigints, floats so that they stay floats', () => {
    expect(parseJson('[1, 1.0, 1.5, 9007199254740991, 9007199254740992, 1E2, -0]')).toEqual([
      1,
      new Float(1),
      1.5,
      9007199254740991,
      9007199254740992n,
      new Float(100),
      0,
    ]);
  });

  it('is written as Python writes it, flat or indented', () => {
    const value = parseJson('{"a":[1,{"b":2.0}],"e":[],"f":{}}');
    expect(stringifyJson(value)).toBe('{"a": [1, {"b": 2.0}], "e": [], "f": {}}');
    expect(stringifyJson(value, 4)).toBe(
      '{\n    "a": [\n        1,\n        {\n            "b": 2.0\n        }\n    ],\n    "e": [],\n    "f": {}\n}',
    );
  });

  it('tells of each key that stands twice, with its line', () => {
    const told: unknown[] = [];
    const value = parseJson('{"a": 1,\n"a": 2,\n"b": {"c": 1, "c": 1}}', {
      onDuplicateKey: (key, line) => told.push([key, line()]),
    });
    expect(told).toEqual([
      ['a', 2],
      ['c', 3],
    ]);
    expect(toPlain(value)).toMatchObject({ a: 2 });
  });

  it.each([
    ['{"a": 1,}', 'line 1, column 9: not JSON: a key in double quotes is expected'],
    ['{"a" 1}', 'line 1, column 6: not JSON: a colon is expected after the key "a"'],
    ['[1 2]', 'line 1, column 4: not JSON: a comma or ] is expected'],
    ['[1,]', 'line 1, column 4: not JSON: a value is expected'],
    ['{"a": 1', 'line 1, column 8: not JSON: a comma or } is expected'],
    ['[', 'line 1, column 2: not JSON: the text ends too early'],
    ['"abc', 'line 1, column 1: not JSON: a text is not closed'],
    ['["a\\x"]', 'line 1, column 2: not JSON: a text holds a bad escape'],
    ['["a\nb"]', 'line 1, column 2: not JSON: a text holds a bad escape or a raw control character'],
    ["{'a': 1}", 'line 1, column 2: not JSON: a key in double quotes is expected'],
    ['01', 'line 1, column 2: not JSON: nothing may follow the value'],
    ['1.', 'line 1, column 2: not JSON: nothing may follow the value'],
    ['[True]', 'line 1, column 2: not JSON: a value is expected'],
    ['{}\n{}', 'line 2, column 1: not JSON: nothing may follow the value'],
    ['', 'line 1, column 1: not JSON: the text ends too early'],
  ])('refuses %s', (text, sentence) =>
    expect(() => parseJson(text, { source: 'f' })).toThrow(`f, ${sentence}`),
  );
});
