import { afterAll, describe, expect, it } from '@jest/globals';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { Float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import { specOf, userMap, workbench } from './python-workbench.ts';

// Importing FireWorks takes seconds on a busy machine.

const bench = workbench();
afterAll(() => bench.end());

/** FireWorks makes dates of texts with a T that read as such, for tasks to use. */
const text = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('1', '\ud800', 'naïve ☃', '2024-01-01', 'a\u0000b'))
  .map((value) => value.replaceAll('T', 't'));
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', '1', '-1', '', 'a.b', '$set'));
const double = fc.double().map((value) => (Number.isInteger(value) ? new Float(value) : value));
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 1n << 53n, max: 1n << 200n }),
  fc.constantFrom(new Float(1), new Float(-0), new Float(1e300)),
);
const { value } = fc.letrec<{ value: UserValue; map: UserMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    text,
    double,
    whole,
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
  map: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
}));

describe('user data that goes to a Python Firetask and comes back', () => {
  it('keeps its types, its order and every digit, in the spec and in the parameters of the task', async () => {
    await fc.assert(
      fc.asyncProperty(value, async (given) => {
        const spec = userMap(specOf('lab_tasks.Echo'));
        spec.set('value', given).set('_tasks', [
          new Map<string, UserValue>([
            ['_fw_name', '{{lab_tasks.Echo}}'],
            ['value', given],
          ]),
        ]);
        const firework = await bench.open({ spec });
        const action = await firework.run(0, spec);
        await firework.close();
        const wanted = new Map([
          ['spec', given],
          ['parameter', given],
        ]);
        expect(stringifyJson(action?.storedData ?? null)).toBe(stringifyJson(wanted));
      }),
      { numRuns: 150 },
    );
  });
});
