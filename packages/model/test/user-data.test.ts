import { describe, expect, it } from '@jest/globals';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { parsePythonLiteral } from '@skyrocket/model/python-literal';
import {
  copyUserValue,
  equalUserValues,
  Float,
  fromPlain,
  isTruthy,
  toPlain,
  type UserMap,
  type UserValue,
} from '@skyrocket/model/user-data';
import { readWorkflowFile, writeWorkflowFile } from '@skyrocket/model/workflow-file';
import { parseYaml, stringifyYaml } from '@skyrocket/model/yaml';
import fc from 'fast-check';
import { newWorkflow } from './samples.ts';
import { anyUserMap, anyUserValue, exact } from './user-data-generators.ts';

/** What a text is after it has been in a file. */
const throughFile = (text: string) => Buffer.from(text, 'utf8').toString('utf8');

describe('User data keep type and order', () => {
  it('in JSON, on one line and indented', () => {
    fc.assert(
      fc.property(anyUserValue(), fc.constantFrom(0, 4), (value, indent) => {
        expect(exact(parseJson(throughFile(stringifyJson(value, indent))))).toEqual(exact(value));
      }),
      { numRuns: 500 },
    );
  });

  it('in YAML', () => {
    fc.assert(
      fc.property(anyUserValue(), (value) => {
        expect(exact(parseYaml(throughFile(stringifyYaml(value))))).toEqual(exact(value));
      }),
      { numRuns: 500 },
    );
  });

  it('as a Python literal, of which JSON is nearly one', () => {
    fc.assert(
      fc.property(anyUserValue(), (value) => {
        expect(exact(parsePythonLiteral(stringifyJson(value)))).toEqual(exact(value));
      }),
    );
  });

  it.each(['json', 'yaml'] as const)('in a workflow file (%s): from the model and back', (format) => {
    fc.assert(
      fc.property(anyUserMap(), anyUserMap(), (data, metadata) => {
        const workflow = { ...newWorkflow({ links: { 1: [2] } }), metadata };
        const [first] = workflow.fireworks;
        first?.spec.set('user', data);
        const text = throughFile(writeWorkflowFile(workflow, format));
        const again = readWorkflowFile({ text, format, source: `a.${format}` });
        expect(again.warnings).toEqual([]);
        expect(exact(again.workflow.fireworks[0]?.spec ?? null)).toEqual(exact(first?.spec ?? null));
        expect(exact(again.workflow.metadata)).toEqual(exact(metadata));
      }),
    );
  });

  it('however deep they are nested, up to a limit that protects the stack', () => {
    let deep: UserValue = new Float(1);
    for (let i = 0; i < 240; i++) deep = i % 2 === 0 ? [deep] : new Map([['d', deep]]);
    expect(exact(parseYaml(stringifyYaml(deep)))).toEqual(exact(deep));
    expect(exact(parseJson(stringifyJson(deep)))).toEqual(exact(deep));
  });
});

describe('A copy of user data', () => {
  it('is equal, and shares nothing that can change', () => {
    fc.assert(
      fc.property(anyUserValue(), (value) => {
        const copy = copyUserValue(value);
        expect(exact(copy)).toEqual(exact(value));
        if (value instanceof Map || Array.isArray(value)) expect(copy).not.toBe(value);
      }),
    );
  });
});

describe('Equality', () => {
  it('is that of Python and MongoDB: numbers by value, mappings by content, lists by order', () => {
    const equal: [UserValue, UserValue][] = [
      [1, new Float(1)],
      [2n ** 53n, new Float(2 ** 53)],
      [new Float(-0), 0],
      [
        [1, [2]],
        [new Float(1), [2]],
      ],
      [
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
        new Map([
          ['b', 2],
          ['a', 1],
        ]),
      ],
    ];
    for (const [a, b] of equal) expect([equalUserValues(a, b), equalUserValues(b, a)]).toEqual([true, true]);
    const different: [UserValue, UserValue][] = [
      [1, '1'],
      [1, true],
      [null, false],
      [2n ** 53n + 1n, new Float(2 ** 53)],
      [Number.NaN, Number.NaN],
      [
        [1, 2],
        [2, 1],
      ],
      [new Map([['a', null]]), new Map<string, UserValue>([['b', null]])],
      [[], new Map()],
    ];
    for (const [a, b] of different)
      expect([equalUserValues(a, b), equalUserValues(b, a)]).toEqual([false, false]);
  });
});

describe('Truth', () => {
  it('is that of Python', () => {
    for (const value of [null, undefined, false, 0, new Float(0), '', [], new Map()])
      expect(isTruthy(value)).toBe(false);
    const truths: UserValue[] = [
      true,
      1,
      -1,
      2n ** 60n,
      new Float(0.5),
      Number.NaN,
      'false',
      [0],
      new Map([['a', 0]]),
    ];
    for (const value of truths) expect(isTruthy(value)).toBe(true);
  });
});

describe('Plain JavaScript values', () => {
  it('become user data: integral numbers integers, -0 a float, dates texts', () => {
    const plain = {
      a: 1,
      b: 1.5,
      c: 2 ** 53,
      d: -0,
      e: 5n,
      f: new Date(0),
      g: undefined,
      h: [undefined],
      i: new Map([[1, 2]]),
    };
    expect(stringifyJson(fromPlain(plain))).toBe(
      '{"a": 1, "b": 1.5, "c": 9007199254740992.0, "d": -0.0, "e": 5, "f": "1970-01-01T00:00:00.000Z", "h": [null], "i": {"1": 2}}',
    );
    expect(() => fromPlain({ a: () => 1 })).toThrow('a function cannot be stored as user data');
  });

  it('are made without a prototype, so that __proto__ is a key like any other', () => {
    const map: UserMap = new Map([['__proto__', 1]]);
    expect(Object.entries(Object(toPlain(map)))).toEqual([['__proto__', 1]]);
  });
});
