import { describe, expect, it } from '@jest/globals';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { applyActionToSpec, applyModSpec, keysTouchedBy } from '@skyrocket/model/spec-edits';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** Specs and operators are written as JSON, so that 1 and 1.0 can be told apart. */
function map(json: string): UserMap {
  const value = parseJson(json);
  if (!isUserMap(value)) throw new Error('a mapping is needed');
  return value;
}

function edited(spec: string, mod: string): string {
  const changed = map(spec);
  applyModSpec(changed, map(mod));
  return stringifyJson(changed);
}

describe('Operators of mod_spec', () => {
  it.each([
    ['_set assigns', '{"a": 1}', '{"_set": {"a": 2, "b": 3}}', '{"a": 2, "b": 3}'],
    ['_set reaches inside', '{"a": {"b": 1, "c": 2}}', '{"_set": {"a->b": 5}}', '{"a": {"b": 5, "c": 2}}'],
    ['and makes the mappings on the way', '{}', '{"_set": {"a->b->c": 1}}', '{"a": {"b": {"c": 1}}}'],
    ['_unset deletes', '{"a": 1, "b": {"c": 1}}', '{"_unset": {"a": "", "b->c": ""}}', '{"b": {}}'],
    ['_unset takes a list of keys', '{"a": 1, "b": 2}', '{"_unset": ["a"]}', '{"b": 2}'],
    ['_push appends', '{"a": [1]}', '{"_push": {"a": [2]}}', '{"a": [1, [2]]}'],
    ['_push begins a list', '{}', '{"_push": {"a->b": 2}}', '{"a": {"b": [2]}}'],
    [
      '_push_all extends',
      '{"a": [1]}',
      '{"_push_all": {"a": [2, 3], "b": [4]}}',
      '{"a": [1, 2, 3], "b": [4]}',
    ],
    ['_inc adds', '{"a": 1}', '{"_inc": {"a": 2, "b": 5}}', '{"a": 3, "b": 5}'],
    [
      '_inc by a float makes a float',
      '{"a": 1, "b": 1.5}',
      '{"_inc": {"a": 1.0, "b": 0.5}}',
      '{"a": 2.0, "b": 2.0}',
    ],
    [
      '_inc of large integers is exact',
      '{"a": 9007199254740993}',
      '{"_inc": {"a": 2}}',
      '{"a": 9007199254740995}',
    ],
    [
      '_inc joins texts and lists',
      '{"a": "x", "b": [1]}',
      '{"_inc": {"a": "y", "b": [2]}}',
      '{"a": "xy", "b": [1, 2]}',
    ],
    ['_inc counts true as 1', '{"a": true}', '{"_inc": {"a": 1}}', '{"a": 2}'],
    [
      '_rename moves a top-level key to the end',
      '{"a": 1, "b": 2}',
      '{"_rename": {"a": "c"}}',
      '{"b": 2, "c": 1}',
    ],
    ['_rename takes the place of another key', '{"a": 1, "b": 2}', '{"_rename": {"a": "b"}}', '{"b": 1}'],
    [
      '_rename passes over an absent key, and knows no ->',
      '{"a": {"b": 1}}',
      '{"_rename": {"z": "y", "a->b": "c"}}',
      '{"a": {"b": 1}}',
    ],
    ['_add_to_set appends what is not there', '{"a": [1]}', '{"_add_to_set": {"a": 2}}', '{"a": [1, 2]}'],
    [
      '_add_to_set finds equal numbers of another type',
      '{"a": [1]}',
      '{"_add_to_set": {"a": 1.0}}',
      '{"a": [1]}',
    ],
    [
      '_add_to_set compares mappings by content',
      '{"a": [{"x": 1, "y": 2}]}',
      '{"_add_to_set": {"a": {"y": 2, "x": 1}}}',
      '{"a": [{"x": 1, "y": 2}]}',
    ],
    [
      '_add_to_set to an absent key assigns the bare value, as in FireWorks',
      '{}',
      '{"_add_to_set": {"a": 1}}',
      '{"a": 1}',
    ],
    ['_pull removes all that are equal', '{"a": [1, 2, 1.0]}', '{"_pull": {"a": 1}}', '{"a": [2]}'],
    ['_pull_all removes any of several', '{"a": [1, 2, 3]}', '{"_pull_all": {"a": [1, 3]}}', '{"a": [2]}'],
    ['_pull passes over an absent key', '{}', '{"_pull": {"a": 1}}', '{}'],
    ['_pop 1 removes the last', '{"a": [1, 2]}', '{"_pop": {"a": 1}}', '{"a": [1]}'],
    ['_pop -1 removes the first', '{"a": [1, 2]}', '{"_pop": {"a": -1}}', '{"a": [2]}'],
    ['_pop of another number does nothing', '{"a": [1, 2]}', '{"_pop": {"a": 0, "b": 2}}', '{"a": [1, 2]}'],
    [
      'several at once go in the order in which they are written',
      '{"a": 1}',
      '{"_inc": {"a": 1}, "_set": {"b": 1}, "_rename": {"a": "c"}}',
      '{"b": 1, "c": 2}',
    ],
  ])('%s', (_, spec, mod, result) => expect(edited(spec, mod)).toBe(result));

  it.each([
    ['{"a": 1}', '{"_unset": {"b": ""}}', '_unset of "b": there is no such key'],
    ['{"a": 1}', '{"_push": {"a": 2}}', '_push of "a": the key holds no list'],
    ['{"a": 1}', '{"_push_all": {"a": [2]}}', '_push_all of "a": the key holds no list'],
    ['{}', '{"_push_all": {"a": 2}}', '_push_all of "a": the argument must be a list'],
    ['{"a": "x"}', '{"_inc": {"a": 1}}', '_inc of "a": only numbers can be added'],
    ['{"a": null}', '{"_inc": {"a": 1}}', '_inc of "a": only numbers can be added'],
    ['{"a": 1}', '{"_add_to_set": {"a": 1}}', '_add_to_set of "a": the key holds no list'],
    ['{"a": 1}', '{"_pull": {"a": 1}}', '_pull of "a": the key holds no list'],
    ['{"a": [1]}', '{"_pull_all": {"a": 1}}', '_pull_all of "a": the argument must be a list'],
    ['{}', '{"_pop": {"a": 1}}', '_pop of "a": there is no such key'],
    ['{"a": []}', '{"_pop": {"a": 1}}', '_pop of "a": the list is empty'],
    ['{"a": 1}', '{"_rename": {"a": 5}}', '_rename of "a": the new name must be a text'],
    ['{"a": 1}', '{"_set": {"a->b": 2}}', '_set of "a->b": "a" holds no mapping'],
    ['{"a": [1]}', '{"_set": {"a->0": 2}}', '_set of "a->0": "a" holds no mapping'],
    ['{"a": null}', '{"_set": {"a->b": 2}}', '_set of "a->b": "a" holds no mapping'],
    ['{}', '{"$set": {"a": 1}}', '$set is not an operator; the operators are _set, _unset, _push,'],
    ['{}', '{"_set": [1]}', '_set needs a mapping of keys to arguments'],
    ['{}', '{"_unset": [1]}', '_unset names a key that is not a text'],
  ])('on %s refuse %s', (spec, mod, sentence) =>
    expect(() => edited(spec, mod)).toThrow(`mod_spec: ${sentence}`),
  );

  it('leave what a spec shares with others as it is', () => {
    const shared = map('{"b": {"list": [1]}}');
    const spec: UserMap = new Map([['a', shared]]);
    applyModSpec(spec, map('{"_push": {"a->b->list": 2}}'));
    expect(stringifyJson(spec)).toBe('{"a": {"b": {"list": [1, 2]}}}');
    expect(stringifyJson(shared)).toBe('{"b": {"list": [1]}}');
  });

  it('come after update_spec; the given spec stays as it is', () => {
    const spec = map('{"n": 1}');
    const action = { updateSpec: map('{"n": 10, "m": 1}'), modSpec: [map('{"_inc": {"n": 1}}')] };
    expect(stringifyJson(applyActionToSpec(spec, action))).toBe('{"n": 11, "m": 1}');
    expect(stringifyJson(spec)).toBe('{"n": 1}');
  });

  it('tell which top-level keys they touch, so that no more of a spec is loaded', () => {
    const mod = map('{"_set": {"a->b": 1, "c": 2}, "_rename": {"d": "e"}, "_unset": ["f"]}');
    expect([...keysTouchedBy(mod)].sort()).toEqual(['a', 'c', 'd', 'e', 'f']);
  });
});
