import { describe, it } from '@jest/globals';
import { actionFromDocument } from '@skyrocket/model/action-document';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { launchFromDocument } from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { parsePythonLiteral } from '@skyrocket/model/python-literal';
import { applyModSpec } from '@skyrocket/model/spec-edits';
import { readMongoUpdate, updatedSpec } from '@skyrocket/model/spec-update';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { readUserQuery } from '@skyrocket/model/user-query';
import { readWorkflowFile } from '@skyrocket/model/workflow-file';
import { parseYaml } from '@skyrocket/model/yaml';
import fc from 'fast-check';
import { anyUserMap, anyUserValue } from './user-data-generators.ts';

/** Runs what may refuse its input; any other error is a defect. */
function accepted(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
  }
}

const marks = [
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ':',
  ',',
  '"',
  "'",
  '\\',
  '-',
  '?',
  '&a',
  '*a',
  '!',
  '|',
  '>',
  '<<',
  '#',
  '%',
  '\n',
  ' ',
  '  ',
  '\t',
];
const words = [
  'a',
  'null',
  'True',
  '1',
  '1.5e3',
  '0x',
  '.nan',
  '2024-01-02 03:04:05',
  '\\x',
  'r"',
  "'''",
  '--- ',
  '\ufeff',
  '\0',
  '\ud800',
];
const anyNonsense = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.array(fc.constantFrom(...marks, ...words), { maxLength: 25 }).map((parts) => parts.join('')),
);

describe('Whatever a text holds', () => {
  it('readers give a value, or a sentence of ours', () => {
    fc.assert(
      fc.property(anyNonsense, (text) => {
        for (const read of [parseYaml, parseJson, parsePythonLiteral, readUserQuery])
          accepted(() => read(text));
      }),
      { numRuns: 1000 },
    );
  });
});

/** Mappings with the keys that count, and values that may or may not fit. */
function anyOf(known: Record<string, fc.Arbitrary<UserValue>>): fc.Arbitrary<UserMap> {
  const members = Object.entries(known).map(([key, fitting]) =>
    fc.oneof(
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 5, arbitrary: fitting.map((value) => [key, value] as const) },
      {
        weight: 1,
        arbitrary: anyUserValue().map((value) => [key, value] as const),
      },
    ),
  );
  return fc.tuple(...members).map((pairs) => new Map(pairs.filter((pair) => pair !== null)));
}

const anyId: fc.Arbitrary<UserValue> = fc.integer({ min: -2, max: 3 });
const anyIds = fc.array(anyId, { maxLength: 3 });
const anyFirework = anyOf({
  spec: anyOf({
    _tasks: fc.array(anyOf({ _fw_name: fc.constant('ScriptTask') }), { maxLength: 2 }),
    _launch_dir: fc.constant('x'),
  }),
  fw_id: anyId,
  state: fc.constantFrom('WAITING', 'ready', 'DONE'),
  launches: fc.array(anyUserMap(), { maxLength: 1 }),
});
const anyDocument = anyOf({
  fws: fc.array(anyFirework, { maxLength: 3 }),
  links: fc
    .array(fc.tuple(fc.constantFrom('-1', '1', '2', 'x'), anyIds), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
  metadata: anyUserMap(),
  name: fc.constant('n'),
});

describe('Whatever a document holds', () => {
  it('a workflow file is read, or refused in a sentence of ours', () => {
    fc.assert(
      fc.property(fc.oneof(anyDocument, anyFirework), (document) => {
        const text = stringifyJson(document, 2);
        for (const format of ['json', 'yaml'] as const)
          accepted(() => readWorkflowFile({ text, format, source: 'f' }));
      }),
      { numRuns: 300 },
    );
  });

  it('an action and a Launch are read, or refused in a sentence of ours', () => {
    const anyAction = anyOf({
      stored_data: anyUserMap(),
      mod_spec: anyUserMap(),
      additions: anyDocument,
      detours: fc.array(anyFirework, { maxLength: 2 }),
      append_wfs: fc.array(anyOf({ workflow: anyDocument, parents: anyIds }), { maxLength: 1 }),
    });
    const anyLaunch = anyOf({
      launch_id: anyId,
      state: fc.constant('RUNNING'),
      fworker: anyOf({ query: fc.constant('{}') }),
      action: anyAction,
      state_history: fc.array(anyOf({ state: fc.constant('RUNNING'), checkpoint: anyUserMap() }), {
        maxLength: 2,
      }),
    });
    fc.assert(
      fc.property(anyAction, anyLaunch, (action, launch) => {
        accepted(() => actionFromDocument(action));
        accepted(() => launchFromDocument(launch));
      }),
      { numRuns: 300 },
    );
  });

  it('operators edit a spec, or are refused in a sentence of ours', () => {
    const keys = fc.constantFrom(
      'a',
      'a->b',
      'a->b->c',
      '',
      '->',
      '__proto__',
      'spec.a',
      'spec.a.0',
      'spec.',
      'spec.a.b',
    );
    const settings = fc
      .array(fc.tuple(keys, anyUserValue()), { maxLength: 2 })
      .map((pairs) => new Map(pairs));
    const names = [
      '_set',
      '_unset',
      '_push',
      '_push_all',
      '_inc',
      '_rename',
      '_add_to_set',
      '_pull',
      '_pull_all',
      '_pop',
    ];
    const mongo = [
      '$set',
      '$unset',
      '$inc',
      '$mul',
      '$min',
      '$max',
      '$push',
      '$addToSet',
      '$pop',
      '$pull',
      '$pullAll',
    ];
    const update = fc
      .tuple(fc.constantFrom(...names, ...mongo), settings)
      .map((pair): UserMap => new Map([pair]));
    const anySpec = anyUserValue().map((value): UserMap => new Map([['a', value]]));
    fc.assert(
      fc.property(update, anySpec, (operators, spec) => {
        accepted(() => applyModSpec(new Map(spec), operators));
        accepted(() => updatedSpec(spec, readMongoUpdate(operators)));
      }),
      { numRuns: 1000 },
    );
  });
});
