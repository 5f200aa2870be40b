import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { float, integer, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { newWorkflowFromDocument } from '@skyrocket/model/workflow-document';
import { writeWorkflowFile } from '@skyrocket/model/workflow-file';
import fc from 'fast-check';
import { usePythonWithFireworks } from './python.ts';
import { newSite, patiently, type Site } from './site.ts';

/** Gives its data to its children, as a Python program has them. */
const carrier = `
from fireworks import FiretaskBase, FWAction

class Carry(FiretaskBase):
    _fw_name = "{{carrier.Carry}}"

    def run_task(self, fw_spec):
        return FWAction(stored_data={"kept": fw_spec["data"]}, update_spec={"carried": fw_spec["data"]})
`;

const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', '0', '10', '2', 'with space', 'Å', '_x'),
  fc
    .string({ unit: 'grapheme', maxLength: 8 })
    .filter((text) => !/[.$\0]/.test(text) && !text.startsWith('_fw')),
);

const { value } = fc.letrec<{ value: UserValue; map: UserMap }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<UserValue>(null, true, false, '', 'no', '2024-01-01 10:11:12', '1e3', '~'),
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0')),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(integer),
    fc.integer().map(integer),
    fc.double().map(float),
    fc.integer().map(float),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
  map: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries): UserMap => new Map(entries)),
}));

/** One Workflow for each value: the first Firework carries it in Python, the second gets it. */
function carryingWorkflow(data: UserValue): UserValue {
  const spec = (entries: [string, UserValue][]): UserMap => new Map(entries);
  const carry = new Map([['_fw_name', '{{carrier.Carry}}']]);
  const nothing = new Map([
    ['_fw_name', 'ScriptTask'],
    ['script', 'true'],
  ]);
  return new Map<string, UserValue>([
    ['name', 'carry'],
    ['metadata', new Map([['data', data]])],
    [
      'fws',
      [
        new Map<string, UserValue>([
          ['fw_id', 1],
          [
            'spec',
            spec([
              ['data', data],
              ['_tasks', [carry]],
            ]),
          ],
        ]),
        new Map<string, UserValue>([
          ['fw_id', 2],
          ['spec', spec([['_tasks', [nothing]]])],
        ]),
      ],
    ],
    ['links', new Map([['1', [2]]])],
  ]);
}

function writeFiles(site: Site, values: UserValue[]): string[] {
  return values.map((data, i) => {
    const format = i % 2 === 0 ? 'json' : 'yaml';
    const workflow = newWorkflowFromDocument(carryingWorkflow(data));
    return site.write(`${i}.${format}`, writeWorkflowFile(workflow, format));
  });
}

/** What a dumped Workflow has of the data: where they were first, what Python kept, what it gave to the child. */
function found(dump: UserValue): Record<'metadata' | 'spec' | 'kept' | 'carried', UserValue | undefined> {
  const at = (from: UserValue | undefined, ...path: (string | number)[]): UserValue | undefined =>
    path.reduce<UserValue | undefined>((inner, step) => {
      if (isUserMap(inner)) return inner.get(String(step));
      return Array.isArray(inner) ? inner[Number(step)] : undefined;
    }, from);
  const fireworks = at(dump, 'fws');
  const ofId = (wanted: 'first' | 'second') => {
    const sorted = Array.isArray(fireworks) ? [...fireworks] : [];
    sorted.sort((a, b) => Number(at(a, 'fw_id')) - Number(at(b, 'fw_id')));
    return sorted[wanted === 'first' ? 0 : 1];
  };
  return {
    metadata: at(dump, 'metadata', 'data'),
    spec: at(ofId('first'), 'spec', 'data'),
    kept: at(ofId('first'), 'launches', 0, 'action', 'stored_data', 'kept'),
    carried: at(ofId('second'), 'spec', 'carried'),
  };
}

const asText = (data: UserValue | undefined) => (data === undefined ? 'nothing' : stringifyJson(data));

/** What is found of each value after it went through everything. */
async function carryAll(values: UserValue[]): Promise<Record<string, string>[]> {
  const site = newSite({ PYTHONPATH: '.' });
  site.write('carrier.py', carrier);
  usePythonWithFireworks(site);
  expect(await site.run('lpad', 'add', ...writeFiles(site, values))).toMatchObject({ code: 0 });
  const ran = await site.run('rlaunch', 'rapidfire', '--sleep', '0');
  expect(ran.stderr).toContain(`${2 * values.length} COMPLETED`);
  const seen: Record<string, string>[] = [];
  for (const i of values.keys()) {
    const file = `dump-${i}.json`;
    await site.run('lpad', 'dump_wflow', '-i', String(2 * i + 1), '-f', file);
    const places = Object.entries(found(parseJson(readFileSync(join(site.directory, file), 'utf8'))));
    seen.push(Object.fromEntries(places.map(([place, item]) => [place, asText(item)])));
  }
  return seen;
}

describe('What a user put into a file', () => {
  it(
    'is the same, in type and order, after the launchpad, the journal, a Python task, its children and a dump',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(value, { minLength: 20, maxLength: 20 }), async (values) => {
          const texts = values.map(asText);
          const everywhere = texts.map((text) => ({ metadata: text, spec: text, kept: text, carried: text }));
          expect(await carryAll(values)).toEqual(everywhere);
        }),
        { numRuns: 2, endOnFailure: true },
      );
    },
    patiently,
  );

  it(
    'stays as it is written where it looks like a moment, though Python tasks get a datetime of it, as in FireWorks',
    async () => {
      const [written, read] = ['"20240101T101112"', '"2024-01-01T10:11:12"'];
      expect(await carryAll(['20240101T101112'])).toEqual([
        { metadata: written, spec: written, kept: read, carried: read },
      ]);
    },
    patiently,
  );
});
