import { describe, expect, it } from '@jest/globals';
import { toPlain } from '@skyrocket/model/user-data';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { user } from './samples.ts';

const filter = (category: string | string[], query: Record<string, unknown> = {}) =>
  toPlain(workerFilter({ name: 'w1', category, query: user(query), env: new Map() }));

/** Fireworks that no other worker has for itself. */
const free = [{ 'spec._fworker': { $exists: false } }, { 'spec._fworker': null }, { 'spec._fworker': 'w1' }];

describe('What a worker may claim', () => {
  it('without a category: all that is not meant for another worker', () => {
    expect(filter('')).toEqual({ $or: free });
    expect(filter([])).toEqual({ $or: free });
  });

  it('with a category: those of it', () => {
    expect(filter('gpu')).toEqual({ $or: free, 'spec._category': 'gpu' });
    expect(filter(['a', 'b'])).toEqual({ $or: free, 'spec._category': { $in: ['a', 'b'] } });
  });

  it('__none__: those without a category; in a list the word means nothing', () => {
    expect(filter('__none__')).toEqual({ $or: free, 'spec._category': { $exists: false } });
    expect(filter(['__none__', 'a'])).toEqual({ $or: free, 'spec._category': { $in: ['__none__', 'a'] } });
  });

  it('with a query: what matches it too', () => {
    expect(filter('', { 'spec.n': { $gt: 1 } })).toEqual({ 'spec.n': { $gt: 1 }, $or: free });
    expect(filter('', { $or: [{ a: 1 }] })).toEqual({ $and: [{ $or: [{ a: 1 }] }, { $or: free }] });
    expect(filter('', { $or: [{ a: 1 }], $and: [{ b: 2 }] })).toEqual({
      $and: [{ b: 2 }, { $or: [{ a: 1 }] }, { $or: free }],
    });
  });

  it('leaves the query of the worker as it is', () => {
    const query = user({ $or: [{ a: 1 }] });
    workerFilter({ name: 'w1', category: 'x', query, env: new Map() });
    expect(toPlain(query)).toEqual({ $or: [{ a: 1 }] });
  });
});
