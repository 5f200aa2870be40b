import { describe, expect, it } from '@jest/globals';
import { parseJson } from '@skyrocket/model/lossless-json';
import { priorityKey } from '@skyrocket/model/priority';
import fc from 'fast-check';

/** What a MongoDB 6.0.5 server gave, sorting by `spec._priority` in descending order. Those of a line are equal to it. */
const descending = [
  ['true', '[true, 1]'],
  ['false'],
  ['[[1, 2]]'],
  ['[[1]]', '[[1], [0]]'],
  ['[[]]'],
  ['{"a": true}'],
  ['{"a": [1]}'],
  ['{"a": []}'],
  ['{"a": {}}'],
  ['{"a": "x"}'],
  ['{"b": 1}'],
  ['{"b": 0}'],
  ['{"aa": 1}'],
  ['{"a": 2}'],
  ['{"a": 1, "c": 1}'],
  ['{"a": 1, "b": 2}'],
  ['{"a": 1}', '[{"a": 1}]'],
  ['{"": 1}'],
  ['{"a": null}'],
  ['{}', '[{}]'],
  ['"\u{1F600}"'],
  ['"\uffff"'],
  ['"é"'],
  ['"z"', '[5, "z"]'],
  ['"ab"'],
  ['"a\\u0000b"'],
  ['"a"', '["a"]'],
  ['"A"'],
  ['"9"'],
  ['"10"'],
  ['""'],
  ['Infinity'],
  ['1e300'],
  ['4611686018427387904', '4611686018427387904.0'],
  ['9007199254740993'],
  ['9007199254740992', '9007199254740992.0'],
  ['9', '[9, 2]'],
  ['5.5'],
  ['5', '5.0'],
  ['4.999999'],
  ['1', '[1]'],
  ['0', '-0.0'],
  ['-1'],
  ['-1e300'],
  ['-Infinity'],
  ['NaN'],
  ['null', '[null]'],
  ['[]'],
];

const key = (json: string) => priorityKey(parseJson(json));

describe('Priorities of any type', () => {
  it('are in MongoDB’s order', () => {
    for (const [i, [greater = '', ...equal]] of descending.entries()) {
      for (const other of equal) expect({ other, key: key(other) }).toEqual({ other, key: key(greater) });
      const lesser = descending[i + 1]?.[0];
      if (lesser !== undefined)
        expect({ greater, lesser, right: key(greater) > key(lesser) }).toMatchObject({ right: true });
    }
  });

  it('that are absent stand where null stands, after all numbers', () => {
    expect(priorityKey(undefined)).toBe(priorityKey(null));
    expect(priorityKey(undefined) < priorityKey(-1e308)).toBe(true);
  });

  it('that are numbers are in the order of the numbers, of any size', () => {
    const anyInteger = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
    const near = fc
      .tuple(anyInteger, fc.bigInt({ min: -3n, max: 3n }))
      .map(([a, by]) => [a, a + by] as const);
    fc.assert(
      fc.property(fc.oneof(near, fc.tuple(anyInteger, anyInteger)), ([a, b]) => {
        const [x, y] = [key(String(a)), key(String(b))];
        expect(x < y).toBe(a < b);
        expect(x === y).toBe(a === b);
      }),
    );
    const anyDouble = fc.double({ noNaN: true });
    fc.assert(
      fc.property(anyDouble, anyDouble, (a, b) => expect(priorityKey(a) < priorityKey(b)).toBe(a < b)),
    );
  });

  it('that are texts are in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(priorityKey(a) < priorityKey(b)).toBe(order < 0);
      }),
    );
  });
});
