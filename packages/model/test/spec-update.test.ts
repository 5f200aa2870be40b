import { describe, expect, it } from '@jest/globals';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { readAssignments, readMongoUpdate, updatedSpec } from '@skyrocket/model/spec-update';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

function map(json: string): UserMap {
  const value = parseJson(json);
  if (!isUserMap(value)) throw new Error('a mapping is needed');
  return value;
}

const assigned = (spec: string, set: string) =>
  stringifyJson(updatedSpec(map(spec), readAssignments(map(set))));
const updated = (spec: string, update: string) =>
  stringifyJson(updatedSpec(map(spec), readMongoUpdate(map(update))));

describe('lpad update_fws -u', () => {
  it.each([
    ['{"a": 1}', '{"a": 2.0, "b": null}', '{"a": 2.0, "b": null}'],
    ['{"a": {"b": 1}}', '{"a.c": 2}', '{"a": {"b": 1, "c": 2}}'],
    ['{}', '{"a.b.c": 1}', '{"a": {"b": {"c": 1}}}'],
    ['{"_tasks": [{"x": 1}, {"x": 2}]}', '{"_tasks.1.x": 5}', '{"_tasks": [{"x": 1}, {"x": 5}]}'],
    ['{"a": [1]}', '{"a.3": 9}', '{"a": [1, null, null, 9]}'],
    ['{"a": {"0": 1}}', '{"a.0": 2}', '{"a": {"0": 2}}'],
  ])('on %s sets %s', (spec, set, result) => expect(assigned(spec, set)).toBe(result));

  it.each([
    ['{"a": 1}', '{"a.b": 2}', 'the path leads to "b" inside neither a mapping nor a list'],
    ['{"a": [1]}', '{"a.b": 2}', 'the path leads to "b" inside a list, which takes numbers'],
    ['{"a": []}', '{"a.1000000": 1}', 'the index 1000000 is far beyond the end of its list'],
    ['{}', '{"": 1}', 'the path "" has a part that names no key'],
    ['{}', '{"a..b": 1}', 'the path "a..b" has a part that names no key'],
    ['{}', '{"a.$x": 1}', 'the path "a.$x" has a part that names no key'],
  ])('on %s refuses %s', (spec, set, sentence) => expect(() => assigned(spec, set)).toThrow(sentence));
});

describe('lpad update_fws --mongo', () => {
  it.each([
    ['{"a": 1}', '{"$set": {"spec.a": 2}, "$unset": {"spec.b": ""}}', '{"a": 2}'],
    ['{"a": {"b": 1}}', '{"$unset": {"spec.a.b": ""}}', '{"a": {}}'],
    ['{"a": [1, 2]}', '{"$unset": {"spec.a.0": ""}}', '{"a": [null, 2]}'],
    ['{"a": 1}', '{"$inc": {"spec.a": 2, "spec.b": 1.5}}', '{"a": 3, "b": 1.5}'],
    ['{"a": 3}', '{"$mul": {"spec.a": 2.0, "spec.b": 4}}', '{"a": 6.0, "b": 0}'],
    ['{"a": 3, "b": 3}', '{"$min": {"spec.a": 2, "spec.b": 4}}', '{"a": 2, "b": 3}'],
    ['{"a": 3, "b": 3}', '{"$max": {"spec.a": 2, "spec.b": 4, "spec.c": 1}}', '{"a": 3, "b": 4, "c": 1}'],
    ['{"a": [1]}', '{"$push": {"spec.a": 2, "spec.b": 3}}', '{"a": [1, 2], "b": [3]}'],
    [
      '{"a": [1, 2]}',
      '{"$push": {"spec.a": {"$each": [3, 4], "$position": 1, "$slice": 3}}}',
      '{"a": [1, 3, 4]}',
    ],
    ['{"a": [1, 2]}', '{"$push": {"spec.a": {"$each": [3], "$slice": -2}}}', '{"a": [2, 3]}'],
    ['{"a": [1]}', '{"$addToSet": {"spec.a": {"$each": [1, 2]}}}', '{"a": [1, 2]}'],
    ['{"a": [1, 2]}', '{"$pop": {"spec.a": -1}}', '{"a": [2]}'],
    ['{"a": [1, 2, 3]}', '{"$pull": {"spec.a": {"$in": [1, 3]}}}', '{"a": [2]}'],
    ['{"a": [{"x": 1, "y": 2}, {"x": 2}]}', '{"$pull": {"spec.a": {"x": 1}}}', '{"a": [{"x": 2}]}'],
    ['{"a": [1, 2, 1]}', '{"$pullAll": {"spec.a": [1]}}', '{"a": [2]}'],
  ])('on %s does %s', (spec, update, result) => expect(updated(spec, update)).toBe(result));

  it.each([
    ['{}', '{"a": 1}', 'a is not an update operator that specs take; they take $set, $unset'],
    [
      '{}',
      '{"$set": {"state": "READY"}}',
      '$set names "state", but only paths that start with "spec." can be updated',
    ],
    ['{}', '{"$set": {"spec": {}}}', 'only paths that start with "spec." can be updated'],
    ['{}', '{"$set": 1}', '$set needs a mapping of paths to arguments'],
    ['{"a": "x"}', '{"$inc": {"spec.a": 1}}', '$inc of "spec.a" needs numbers'],
    ['{"a": 1}', '{"$push": {"spec.a": 1}}', '$push of "spec.a" needs a list, and there is none'],
    ['{"a": []}', '{"$push": {"spec.a": {"$each": 1}}}', '$each needs a list'],
    [
      '{"a": []}',
      '{"$push": {"spec.a": {"$each": [1], "$sort": 1}}}',
      'only $each, and $position and $slice',
    ],
    ['{"a": []}', '{"$pop": {"spec.a": 3}}', '$pop of "spec.a" needs 1 or -1'],
    ['{"a": []}', '{"$pull": {"spec.a": {"$gt": 3}}}', 'takes values, members and $in, not $gt'],
  ])('on %s refuses %s', (spec, update, sentence) => expect(() => updated(spec, update)).toThrow(sentence));
});
