import { describe, expect, it } from '@jest/globals';
import { documentMatcher } from '@skyrocket/launchpad/store/document-query';
import { userMap } from './store-contract/samples.ts';

describe('a filter with a regular expression', () => {
  it('matches as any other', async () => {
    const matches = await documentMatcher(userMap({ name: { $regex: '^rel.*x$' } }));
    expect([matches(userMap({ name: 'relax' })), matches(userMap({ name: 'static' }))]).toEqual([
      true,
      false,
    ]);
  });

  it('is refused when it takes too long, and others go on', async () => {
    const endless = await documentMatcher(userMap({ name: { $regex: '^(a+)+$' } }));
    const name = `${'a'.repeat(60)}b`;
    expect(() => endless(userMap({ name }))).toThrow(/takes too long/);
    expect(endless(userMap({ name: 'aa' }))).toBe(true);
  });

  it('is bounded wherever it stands', async () => {
    const pattern = '^(\\w+\\s?)*$';
    const text = `${'word'.repeat(20)}!`;
    for (const filter of [
      { $or: [{ name: { $regex: pattern } }] },
      { name: { $not: { $regex: pattern } } },
      { $expr: { $regexMatch: { input: '$name', regex: pattern } } },
    ]) {
      const matches = await documentMatcher(userMap(filter));
      expect(() => matches(userMap({ name: text }))).toThrow(/takes too long/);
    }
  });
});
