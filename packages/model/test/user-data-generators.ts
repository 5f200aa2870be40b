import { Float, float, integer, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';

/**
 * Random user data with all that is easily lost on the way: floats without a fraction, -0.0, NaN, infinities, integers
 * beyond 2^53, integer-like keys, `__proto__`, NUL, halves of surrogate pairs, words that YAML takes for something else.
 *
 *     fc.assert(fc.property(anyUserMap(), (spec) => expect(exact(hop(spec))).toEqual(exact(spec))));
 */
export function anyUserValue(options: { texts?: fc.Arbitrary<string> } = {}): fc.Arbitrary<UserValue> {
  const texts = options.texts ?? anyText;
  const { value } = fc.letrec<{ value: UserValue; list: UserValue[]; map: UserMap }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      anyNumber,
      texts,
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('value'), { maxLength: 4 }),
    map: entries(texts, tie('value')),
  }));
  return value;
}

/** A mapping of user data, as `spec`, `metadata` and actions are. */
export function anyUserMap(options: { texts?: fc.Arbitrary<string> } = {}): fc.Arbitrary<UserMap> {
  return entries(options.texts ?? anyText, anyUserValue(options));
}

function entries(keys: fc.Arbitrary<string>, values: fc.Arbitrary<UserValue>): fc.Arbitrary<UserMap> {
  return fc.array(fc.tuple(keys, values), { maxLength: 4 }).map((pairs) => new Map(pairs));
}

const oddNumbers = [
  0,
  -1,
  2 ** 53 - 1,
  2n ** 53n,
  -(2n ** 63n),
  10n ** 40n,
  Number.NaN,
  Infinity,
  -Infinity,
  0.1,
  5e-324,
];
const oddFloats = [1, -0, 0, 1e300, 1e21, -3, 2 ** 53].map((value) => new Float(value));

export const anyNumber: fc.Arbitrary<UserValue> = fc.oneof(
  fc.constantFrom<UserValue>(...oddNumbers, ...oddFloats),
  fc.double().map(float),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(integer),
);

const oddTexts = [
  ...[
    '',
    ' ',
    'no',
    'null',
    '~',
    '1',
    '1.0',
    '1_000',
    '0x1f',
    '.5',
    '.nan',
    '2024-01-02',
    '2024-01-02T03:04:05',
    '20240101T101112',
  ],
  ...[
    '2',
    '10',
    '-1',
    '__proto__',
    'constructor',
    'toString',
    '$where',
    'a.b',
    'a->b',
    '_tasks',
    '<<',
    '=',
    '{{x.Y}}',
  ],
  ...[
    'a: b',
    '# no comment',
    '- x',
    '&a',
    '*a',
    '!t',
    '%d',
    '@',
    '`',
    '"',
    "'",
    '\\',
    '[',
    '{',
    '|',
    '>',
    '?',
    ':',
    ',',
    '---',
    '...',
  ],
  ...[
    'two\nlines',
    '\n',
    'end\n',
    '\r',
    '\r\n',
    '\t',
    ' x ',
    'a #b',
    '\0',
    '\x07',
    '\x7f',
    '\x85',
    '\u2028',
    '\ufeff',
    '\ud800',
    '\udc00a',
    '😀',
    'é',
    'e\u0301',
  ],
];

/** Texts without halves of surrogate pairs and NUL, for hops that only take proper UTF-8. */
export const properText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...oddTexts.filter((text) => !/\p{Surrogate}/u.test(text) && !text.includes('\0'))),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
);

export const anyText: fc.Arbitrary<string> = fc.oneof(
  properText,
  fc.constantFrom(...oddTexts),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 })
    .map((units) => String.fromCharCode(...units)),
);

/** What a value is, so that a comparison sees order, and the kinds of numbers. */
export function exact(value: UserValue): unknown {
  if (value instanceof Map) return { mapping: [...value].map(([key, item]) => [key, exact(item)]) };
  if (Array.isArray(value)) return value.map(exact);
  if (value instanceof Float) return { float: value.value };
  return typeof value === 'bigint' ? { integer: String(value) } : value;
}
