import { describe, expect, it } from '@jest/globals';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { parsePythonLiteral } from '@skyrocket/model/python-literal';

describe('A Python literal', () => {
  it.each([
    [
      "{'state': {'$in': ('READY', 'RUNNING')}, 'name': None}",
      '{"state": {"$in": ["READY", "RUNNING"]}, "name": null}',
    ],
    ["{'a': True, \"b\": False, 'c': 1.0, 'd': -3, }", '{"a": true, "b": false, "c": 1.0, "d": -3}'],
    ['{}', '{}'],
    ['[1, [2], ()]', '[1, [2], []]'],
    ['(1)', '1'],
    ['(1,)', '[1]'],
    ["{1, 2, 'a'}", '[1, 2, "a"]'],
    ['\'a\' "b"', '"ab"'],
    ["'''two\nlines'''", '"two\\nlines"'],
    ["'it\\'s \\x41 \\u00e9 \\n \\q'", '"it\'s A é \\n \\\\q"'],
    ["r'\\d+'", '"\\\\d+"'],
    ["u'text'", '"text"'],
    ['[0x10, 0o17, 0b11, 1_000, 1e3, .5, 5., -0.0]', '[16, 15, 3, 1000, 1000.0, 0.5, 5.0, -0.0]'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['[true, false, null, NaN, -Infinity]', '[true, false, null, NaN, -Infinity]'],
    [' {\n "a" : [ 1 , 2 ] }\n', '{"a": [1, 2]}'],
  ])('%s', (text, json) => expect(stringifyJson(parsePythonLiteral(text))).toBe(json));

  it.each([
    ["{'a': 1", 'column 8: a comma or } is expected'],
    ["{'a' 1}", 'column 6: a comma or } is expected'],
    ["{1: 'a'}", 'column 2: a key is a text in quotes'],
    ["['a", 'column 4: a text is not closed'],
    ["'a\nb'", 'column 3: a text is not closed'],
    ['[1 2]', 'column 4: a comma or ] is expected'],
    ["'a' + 'b'", 'column 5: nothing may follow the value'],
    ['__import__("os")', 'column 1: a value is expected here'],
    ['open', 'column 1: a value is expected here'],
    ['{}.keys()', 'column 3: nothing may follow the value'],
    ["b'bytes'", 'column 1: a value is expected here'],
    ["'\\x4'", 'column 2: this escape is not known'],
    ['', 'column 1: a value is expected here'],
    ['['.repeat(300), 'values are nested more than 200 deep'],
  ])('is nothing that is computed, and is told where it goes wrong: %s', (text, sentence) => {
    try {
      parsePythonLiteral(text);
      throw new Error('this was accepted');
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
      expect(error.message).toContain(sentence);
      expect(error.code).toBe('BAD_QUERY');
    }
  });
});
