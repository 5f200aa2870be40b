import { describe, expect, it } from '@jest/globals';
import { checkQuery } from '@skyrocket/model/check-query';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { toPlain } from '@skyrocket/model/user-data';
import { readUserQuery } from '@skyrocket/model/user-query';
import { user } from './samples.ts';

describe('A query', () => {
  it.each([
    ['JSON', '{"state": "READY", "spec.n": 1.5}', { state: 'READY', 'spec.n': 1.5 }],
    [
      'a Python literal',
      "{'name': None, 'state': {'$in': ['READY']}}",
      { name: null, state: { $in: ['READY'] } },
    ],
    ['YAML', '{state: READY, spec.flag: no}', { state: 'READY', 'spec.flag': 'no' }],
    ['YAML of several lines', 'state: READY\nfw_id: 3\n', { state: 'READY', fw_id: 3 }],
    ['empty, which means all', '{}', {}],
  ])('may be written as %s', (_, text, query) => expect(toPlain(readUserQuery(text))).toEqual(query));

  it.each([
    ['{"$and": [{"a": 1}, {"$or": [{"b": 2}, {"c": {"$gt": 3}}]}]}'],
    ['{"spec._tasks": {"$elemMatch": {"_fw_name": "ScriptTask", "n": {"$gte": 1}}}}'],
    ['{"n": {"$elemMatch": {"$gt": 1}}}'],
    ['{"name": {"$not": {"$regex": "^a", "$options": "i"}}}'],
    ['{"$expr": {"$gt": ["$spec.a", "$spec.b"]}}'],
    ['{"spec.$price": 1}'],
    ['{"spec.x": {"a": 1, "b": {"c": 2}}}'],
  ])('may use MongoDB’s operators: %s', (text) => expect(readUserQuery(text).size).toBe(1));

  it.each([
    ['{"$where": "sleep(1000)"}', '$where, which runs code'],
    ['{"$and": [{"a": 1}, {"$where": "1"}]}', '$where, which runs code'],
    ['{"$expr": {"$function": {"body": "x", "args": [], "lang": "js"}}}', '$function, which runs code'],
    ['{"$expr": {"$eq": [1, {"$accumulator": {}}]}}', '$accumulator, which runs code'],
    ['{"a": {"$elemMatch": {"$not": {"$where": "1"}}}}', '$where, which runs code'],
    ['{"state": {"$inn": ["READY"]}}', 'uses $inn, which is no operator of MongoDB filters: was $in meant?'],
    ['{"$set": {"a": 1}}', 'uses $set, which is no operator'],
    ['{"$or": []}', '$or needs a list of at least one filter'],
    ['{"$and": {"a": 1}}', '$and needs a list of at least one filter'],
    ['{"$nor": [1]}', '$nor needs a list of at least one filter'],
    ['{"a": {"$gt": 1, "b": 2}}', 'uses b, which is no operator'],
    ['[1]', 'is not a mapping such as {"state": "READY"}'],
    ['READY', 'is not a mapping'],
    ['{"state": ', 'is neither JSON nor a Python literal nor YAML (column 11: '],
  ])('is refused in one sentence: %s', (text, sentence) => {
    const error = refusal(() => readUserQuery(text));
    expect(error.message).toContain(sentence);
    expect({ code: error.code, exitCode: error.exitCode }).toEqual({ code: 'BAD_QUERY', exitCode: 2 });
  });

  it('of a worker file is checked in the same way', () => {
    expect(() => checkQuery(user({ a: { $in: [1] } }))).not.toThrow();
    expect(refusal(() => checkQuery(user({ a: [{ $where: '1' }] }))).message).toContain('runs code');
  });

  it('that is very deep is refused, and does not exhaust the stack', () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect(refusal(() => readUserQuery(deep)).code).toBe('BAD_QUERY');
  });

  it('that is long is quoted in part', () => {
    expect(refusal(() => readUserQuery(`[${'1, '.repeat(1000)}1]`)).message.length).toBeLessThan(200);
  });
});

function refusal(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (isSkyrocketError(error)) return error;
    throw error;
  }
  throw new Error('this was accepted');
}
