import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FoundFirework } from '@skyrocket/contract/questions';
import { documentMatcher } from '@skyrocket/launchpad/store/document-query';
import type { Store } from '@skyrocket/launchpad/store/store';
import { storedFireworkDocument } from '@skyrocket/model/firework-document';
import { float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import { openSqliteStore } from './programs/open-store.ts';
import { newKey, workflowToAdd } from './store-contract/samples.ts';
import { complete, fizzle } from './store-contract/steps.ts';

const values: UserValue[] = [
  'READY',
  'b',
  'B',
  '',
  'firework 2',
  'x\0y',
  '2',
  1,
  2,
  3,
  float(2),
  2.5,
  2n ** 60n,
  null,
  true,
];
const fields = [
  'state',
  'name',
  'fw_id',
  'created_on',
  'launches',
  'spec.x',
  'spec._category',
  'spec._fworker',
  'nothing',
];

const anyOperand = fc.constantFrom(...values);
const anyCondition: fc.Arbitrary<UserValue> = fc.oneof(
  anyOperand,
  fc
    .tuple(fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'), anyOperand)
    .map(([operator, value]) => new Map([[operator, value]])),
  fc
    .tuple(fc.constantFrom('$in', '$nin'), fc.array(anyOperand, { maxLength: 3 }))
    .map(([operator, list]) => new Map<string, UserValue>([[operator, list]])),
  fc.boolean().map((there) => new Map<string, UserValue>([['$exists', there]])),
);
const anyFields = fc.dictionary(fc.constantFrom(...fields), anyCondition, { minKeys: 1, maxKeys: 3 });
const anyFilter: fc.Arbitrary<UserMap> = fc
  .tuple(
    anyFields,
    fc.constantFrom('', '$and', '$or', '$nor'),
    fc.array(anyFields, { minLength: 1, maxLength: 2 }),
  )
  .map(([first, operator, more]) => {
    const filter: UserMap = new Map(Object.entries(first));
    if (operator !== '')
      filter.set(
        operator,
        more.map((one) => new Map(Object.entries(one))),
      );
    return filter;
  });

describe('a filter that columns and indexes help to answer', () => {
  let folder = '';
  let store: Store;
  let all: FoundFirework[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'skyrocket-'));
    store = await openSqliteStore(join(folder, 'launchpad.db'));
    await store.addWorkflows({ key: newKey(), workflows: [variedWorkflow()] });
    await complete(store, 1);
    await fizzle(store, 3);
    all = (await store.findFireworks({ fields: 'all' })).fireworks;
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('finds what it matches when it is tried on each document', async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const matches = await documentMatcher(filter);
        const expected = all.filter((one) => matches(storedFireworkDocument(one))).map((one) => one.fwId);
        const { count, fireworks } = await store.findFireworks({ filter, fields: 'ids' });
        expect(fireworks.map((one) => one.fwId)).toEqual(expected);
        expect([count, (await store.findFireworks({ filter, fields: 'count' })).count]).toEqual([
          expected.length,
          expected.length,
        ]);
      }),
      { numRuns: 500 },
    );
  });
});

/** Fireworks that differ in all that the filters ask for. */
function variedWorkflow() {
  const specs: Record<number, Record<string, unknown>> = {};
  for (const [index, x] of values.entries()) {
    specs[index + 1] = {
      ...(index % 3 === 0 ? {} : { x }),
      ...(index % 2 === 0 ? { _category: values[(index * 7) % values.length] } : {}),
      ...(index % 5 === 0 ? { _fworker: ['b', 'READY'] } : {}),
    };
  }
  const workflow = workflowToAdd({ specs, links: { 1: [2], 3: [4, 5] } });
  const names = ['firework 2', 'b', 'B', '', 'x\0y', '2'];
  const fireworks = workflow.fireworks.map((one, i) => ({ ...one, name: names[i % names.length] ?? '' }));
  return { ...workflow, fireworks };
}
