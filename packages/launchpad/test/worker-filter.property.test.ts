import { expect, it } from '@jest/globals';
import { documentMatcher } from '@skyrocket/launchpad/store/document-query';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { suitsWorker, workerFilter } from '@skyrocket/model/worker-filter';
import fc from 'fast-check';

const word = fc.constantFrom('a', 'b', '', '__none__');
/** Without lists of lists, into which the library looks and MongoDB does not, and mappings, with which it fails. */
const meant: fc.Arbitrary<UserValue> = fc.oneof(
  word,
  fc.constantFrom<UserValue>(null, 1, true),
  fc.array(fc.oneof(word, fc.constant(null)), { maxLength: 2 }),
);

const spec = fc
  .record({ _fworker: meant, _category: meant }, { requiredKeys: [] })
  .map((keys): UserMap => new Map(Object.entries(keys)));
const fworker = fc.record({ name: word, category: fc.oneof(word, fc.array(word, { maxLength: 2 })) });

it('a worker suits the specs that its filter matches', async () => {
  await fc.assert(
    fc.asyncProperty(spec, fworker, async (one, { name, category }) => {
      const filter = workerFilter({ name, category, query: new Map(), env: new Map() });
      const matches = await documentMatcher(filter);
      expect(suitsWorker(one, { name, category })).toBe(matches(new Map([['spec', one]])));
    }),
    { numRuns: 500 },
  );
});
