import { describe, expect, it } from '@jest/globals';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { parseYaml, stringifyYaml } from '@skyrocket/model/yaml';
import { yamlLineFinder } from '@skyrocket/model/yaml-document';

/** What a YAML text holds, as JSON, which shows types and order. */
const json = (text: string) => stringifyJson(parseYaml(text));

describe('An unquoted word of YAML means what it means to FireWorks', () => {
  it.each([
    'no',
    'yes',
    'on',
    'off',
    'Yes',
    'y',
    'n',
    '12:30',
    '12:30:45',
    '_1',
    '0b',
    '0x',
    '0o8',
    '.5e3',
    'e3',
    '1e',
    '.',
    '2024-1-2',
    '1.2.3',
  ])('a text: %s', (word) => expect(parseYaml(word)).toBe(word));

  it.each([
    ['1_000', '1000'],
    ['0b11', '3'],
    ['0o17', '15'],
    ['0x1F', '31'],
    ['010', '10'],
    ['+1', '1'],
    ['-0', '0'],
    ['+0x10', '16'],
    ['9007199254740993', '9007199254740993'],
    ['-123456789012345678901234567890', '-123456789012345678901234567890'],
  ])('an integer: %s', (word, value) => expect(json(word)).toBe(value));

  it.each([
    ['1.0', '1.0'],
    ['1.', '1.0'],
    ['1e3', '1000.0'],
    ['1.0e+3', '1000.0'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['.5e+3', '500.0'],
    ['1_0.5', '10.5'],
    ['-0.0', '-0.0'],
    ['.inf', 'Infinity'],
    ['+.INF', 'Infinity'],
    ['-.Inf', '-Infinity'],
    ['.NaN', 'NaN'],
    ['1e400', 'Infinity'],
  ])('a float: %s', (word, value) => expect(json(word)).toBe(value));

  it.each([
    ['true', 'true'],
    ['True', 'true'],
    ['FALSE', 'false'],
    ['null', 'null'],
    ['~', 'null'],
    ['', 'null'],
  ])('a constant: %s', (word, value) => expect(json(word)).toBe(value));

  it.each([
    ['2024-01-02T03:04:05', '2024-01-02T03:04:05'],
    ['2024-01-02 03:04:05', '2024-01-02T03:04:05'],
    ['2024-01-02T03:04:05Z', '2024-01-02T03:04:05+00:00'],
    ['2024-01-02t03:04:05.5+02:00', '2024-01-02T03:04:05.500000+02:00'],
    ['2024-01-02T03:04:05.123456789', '2024-01-02T03:04:05.123457'],
    ['2024-12-31T23:59:59.9999999', '2025-01-01T00:00:00'],
    ['2024-01-02T03:04:05.000', '2024-01-02T03:04:05'],
    ['2024-01-02 03:04:05 -5', '2024-01-02T03:04:05-05:00'],
    ['2024-01-02', '2024-01-02'],
  ])('a timestamp becomes the text that Python stores: %s', (word, text) =>
    expect(parseYaml(word)).toBe(text),
  );

  it('a quoted timestamp, and any other text, stays as it is', () => {
    expect(parseYaml('"2024-01-02T03:04:05"')).toBe('2024-01-02T03:04:05');
    expect(parseYaml('20240101T101112')).toBe('20240101T101112');
    expect(parseYaml("'2024-01-02 03:04:05'")).toBe('2024-01-02 03:04:05');
  });
});

describe('A text that says %YAML 1.1 is read by those rules, as FireWorks does', () => {
  const old = (word: string) => json(`%YAML 1.1\n---\n- ${word}\n`);

  it.each([
    ['y', 'true'],
    ['Yes', 'true'],
    ['ON', 'true'],
    ['n', 'false'],
    ['off', 'false'],
    ['"no"', '"no"'],
    ['oN', '"oN"'],
    ['010', '8'],
    ['-0_17', '-15'],
    ['0_', '0'],
    ['08', '"08"'],
    ['0o10', '"0o10"'],
    ['1:30', '90'],
    ['-1:1:1', '-3661'],
    ['01:30', '"01:30"'],
    ['01:30.5', '90.5'],
    ['-.5', '"-.5"'],
    ['.5', '0.5'],
    ['12', '12'],
  ])('%s is %s', (word, value) => expect(old(word)).toBe(`[${value}]`));

  it('keys stay the words that they are', () => {
    expect(json('%YAML 1.1\n---\ny: 1\n010: 2\n')).toBe('{"y": 1, "010": 2}');
  });
});

describe('YAML', () => {
  it('keeps keys in order: integer-like ones and __proto__ too', () => {
    expect(json('b: 1\n"2": 2\n"1": 3\n__proto__: 4\n')).toBe('{"b": 1, "2": 2, "1": 3, "__proto__": 4}');
  });

  it('makes texts of keys, which the database wants', () => {
    expect(json('1: a\n1.5: b\ntrue: c\nnull: d\n')).toBe('{"1": "a", "1.5": "b", "true": "c", "null": "d"}');
    expect(() => parseYaml('? [1]\n: 2\n')).toThrow('line 1: a key must be a text');
  });

  it('merges with <<: own keys win, then the first source; what is merged comes first, in FireWorks’ order', () => {
    const base = 'b1: &b1 {a: 1, c: 2}\nb2: &b2 {a: 5, d: 6}\n';
    expect(json(`${base}x: {<<: *b1, c: 3}`)).toContain('"x": {"a": 1, "c": 3}');
    expect(json(`${base}x: {<<: [*b1, *b2]}`)).toContain('"x": {"a": 1, "d": 6, "c": 2}');
    expect(json('x: {"<<": 1}')).toBe('{"x": {"<<": 1}}');
    expect(() => parseYaml('x: {<<: 1}')).toThrow('<< merges mappings only');
  });

  it('repeats what an alias names', () => {
    expect(json('a: &x [1, {b: 2}]\nc: *x\n')).toBe('{"a": [1, {"b": 2}], "c": [1, {"b": 2}]}');
    expect(() => parseYaml('a: *nowhere\n')).toThrow('line 1');
    expect(() => parseYaml('&a [*a]\n')).toThrow(/line 1: /);
  });

  it.each([
    ['aGVsbG8=', "b'hello'"],
    ['AAkKDRsgJ1xBfn/I/w==', String.raw`b"\x00\t\n\r\x1b '\\A~\x7f\xc8\xff"`],
    ['aXQncyAieCI=', String.raw`b'it\'s "x"'`],
  ])('makes of binary data the text that FireWorks stores: %s', (base64, text) => {
    expect(parseYaml(`a: !!binary ${base64}\n`)).toEqual(new Map([['a', text]]));
  });

  it('knows the tags of FireWorks’ reader, and refuses others', () => {
    expect(json('[!!str 5, !!float 5, !!int "7", !!null "", !!bool "true"]')).toBe(
      '["5", 5.0, 7, null, true]',
    );
    expect(json('!!omap [x: 1, y: 2]')).toBe('{"x": 1, "y": 2}');
    expect(() => parseYaml('a: !mine 1\n')).toThrow(
      'the YAML text, line 1: the tag !mine is not known to FireWorks',
    );
  });

  it('may begin with a mark, end with one, and hold comments', () => {
    expect(json('\uFEFF--- # first\na: 1 # one\n...\n')).toBe('{"a": 1}');
    expect(json('a: [1]# one\nb: [# two\n1]\n')).toBe('{"a": [1], "b": [1]}');
    expect(parseYaml('# nothing\n')).toBeNull();
  });

  it('may begin with other directives; only 1.1 and 1.2 are known', () => {
    expect(parseYaml('%YAML 1.2\n---\nno')).toBe('no');
    expect(json('%TAG !e! tag:yaml.org,2002:\n---\n- !e!str 5\n')).toBe('["5"]');
    expect(json('%FOO bar\n---\n- 5\n')).toBe('[5]');
    expect(() => parseYaml('%YAML 1.3\n---\n5')).toThrow(
      'line 1: Unsupported YAML version 1.3; write 1.2, or 1.1',
    );
    expect(() => parseYaml('- 1\n- !e!str 5\n')).toThrow('line 2: not YAML: Could not resolve tag: !e!str');
  });

  it('may have lines of any system', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      expect(json(['a: |', '  1', '  2', 'b: "x', '  y"', ''].join(end))).toBe(
        '{"a": "1\\n2\\n", "b": "x y"}',
      );
    }
    expect(() => parseYaml('a: 1\r\rb: [\r')).toThrow(/line [34]: not YAML/);
  });

  it('need not be indented inside of brackets and quotes, nor without tabs there', () => {
    const value = '{"spec": {"_tasks": [{"script": "cd run make\\n", "n": [1]}], "s": "it\'s"}, "x": 1}';
    const loose = `spec:
  _tasks: [
  {script: "cd run
make

",
n: [
1
\t]}]
  s: 'it''s'
x: 1
`;
    expect(json(loose)).toBe(value);
    expect(json(loose.replace("it''s", "it\n''s"))).toBe(value.replace('it', 'it '));
    // Then the place that the stricter reader names is nearer to the mistake.
    expect(() => parseYaml('a: 1\nb: "x\nc: 1\nd: 2\n')).toThrow('line 2: not YAML: Missing closing "quote');
    expect(() => parseYaml('a: [1,\nb: 2\nc: 3\n')).toThrow('line 2: not YAML: Flow sequence');
  });

  it('holds no control characters, of which a crash may leave many', () => {
    expect(() => parseYaml('a: 1\n\0\0\0\0')).toThrow(
      'line 2: not YAML: write the character U+0000 as "\\u0000"',
    );
    expect(parseYaml('"\\u0001\\0"')).toBe('\u0001\0');
  });

  it('finds the line of a key or element, or of the nearest thing above it', () => {
    const text = 'a:\n  b:\n  - 1\n  - c: 2\n"7": 3\n';
    const lineOf = yamlLineFinder(text);
    expect(lineOf(['a', 'b', 1, 'c'])).toBe(4);
    expect(lineOf(['a', 'b', 0])).toBe(3);
    expect(lineOf(['a', 'b', 9, 'z'])).toBe(2);
    expect(lineOf(['7'])).toBe(5);
    expect(lineOf(['nowhere'])).toBeNull();
  });

  it('is written with escapes for what FireWorks’ reader refuses or takes for the end of a line', () => {
    const odd = ['a\x7f', '\x85', '\u2028', '\ufeff', '\uffff', 'a\tb', '\ud800', '\0'];
    expect(stringifyYaml(odd)).toBe(
      [
        ...['- "a\\u007f"', '- "\\u0085"', '- "\\u2028"', '- "\\ufeff"', '- "\\uffff"'],
        ...['- "a\\tb"', '- "\\ud800"', '- "\\0"', ''],
      ].join('\n'),
    );
  });

  it('is written in block style, and quotes what would be read as something else', () => {
    const value = parseYaml(
      '{a: "no", b: "1", c: "2024-01-02", d: 1.0, e: [], f: {}, g: ["~", "", x], "3": .nan, h: "a: b"}',
    );
    expect(stringifyYaml(value)).toBe(
      [
        'a: no',
        "b: '1'",
        "c: '2024-01-02'",
        'd: 1.0',
        'e: []',
        'f: {}',
        'g:',
        "  - '~'",
        "  - ''",
        '  - x',
        "'3': .nan",
        `h: "a: b"`,
        '',
      ].join('\n'),
    );
  });
});
