import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { emptyAction } from '@skyrocket/model/action';
import { fwId, launchId } from '@skyrocket/model/ids';
import { parseJson } from '@skyrocket/model/lossless-json';
import type { NewWorkflow } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import { Float, type UserMap } from '@skyrocket/model/user-data';
import { Ajv } from 'ajv';
import type { Static } from 'typebox';
import type { StartToken } from '../src/agents.ts';
import type { LaunchPad } from '../src/launchpad.ts';
import { operationTable } from '../src/operation-table.ts';
import { operationTableText } from '../src/operation-table-text.ts';
import { type OperationName, operations } from '../src/operations.ts';
import { finish, fromWire, skeleton, toWire, type WireSchema } from '../src/wire.ts';

/** What the compiler says of an operation and its schemas: `true` when they agree. */
type Request<Name extends OperationName> = Parameters<LaunchPad[Name]>[0];
type Reply<Name extends OperationName> = Awaited<ReturnType<LaunchPad[Name]>>;
type Same<Ours, Described, What extends string> = [undefined] extends [Ours]
  ? true
  : [Ours] extends [Described]
    ? [Described] extends [Ours]
      ? true
      : `the schema of the ${What} allows more`
    : `the schema of the ${What} lacks something`;
type Agreement = {
  [Name in OperationName]: {
    request: Same<Request<Name>, Static<(typeof operations)[Name]['request']>, 'request'>;
    reply: Same<Reply<Name>, Static<(typeof operations)[Name]['reply']>, 'reply'>;
  };
};
type Agrees = { request: true; reply: true };

/** Compiles only while every operation agrees with its schemas. */
function operationsInAgreement<_Checked extends Record<OperationName, Agrees> = Agreement>(): string[] {
  return Object.keys(operations);
}

describe('the operations of the contract', () => {
  it('have schemas that say what the interface says', () => {
    expect(operationsInAgreement()).toContain('addWorkflows');
  });

  it('are known to programs as they are written down', () => {
    const written = readFileSync(join(import.meta.dirname, '../src/operation-table.ts'), 'utf8');
    expect(written).toBe(operationTableText());
  });

  it('have strict schemas', () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTuples: false });
    ajv.addKeyword('wire');
    for (const { request, reply } of Object.values(operations)) {
      expect(ajv.validateSchema(request)).toBe(true);
      expect(() => ajv.compile(request)).not.toThrow();
      expect(() => ajv.compile(reply)).not.toThrow();
    }
  });

  it.each(Object.entries(operations))(
    'say who may call it, and bound what they take (%s)',
    (_name, operation) => {
      expect(['reader', 'worker', 'user', 'admin']).toContain(operation.role);
      expect(operation.summary).toMatch(/^[A-Z].*\.$/);
      expect(unbounded(JSON.parse(JSON.stringify(operation.request)), '')).toEqual([]);
    },
  );

  it('carry a key when they change what can not be changed twice', () => {
    const keyless = Object.entries(operations).filter(
      ([, { effect, request }]) => effect === 'changes' && !Object.hasOwn(request.properties, 'key'),
    );
    expect(keyless.map(([name]) => name)).toEqual([
      'registerAgent',
      'heartbeat',
      'signOff',
      'noteReservation',
      'saveChain',
      'registerOffline',
      'tellOffline',
      'importWorkflows',
    ]);
  });
});

interface Schema extends Record<string, unknown> {
  properties?: Record<string, Schema>;
  items?: Schema | Schema[];
  anyOf?: Schema[];
}

/** Places in a request that may have any size. User data is bounded by the body that it comes in, and by its depth. */
function unbounded(schema: Schema, place: string): string[] {
  const { type, wire, items = [], properties = {}, anyOf = [] } = schema;
  if (wire === 'user-data' || wire === 'user-map' || 'const' in schema || 'enum' in schema) return [];
  const known = [
    type === 'array' && 'maxItems' in schema,
    type === 'string' && ('maxLength' in schema || /^\^.*\$$/.test(String(schema.pattern))),
    type === 'object' && schema.additionalProperties === false,
    type === 'integer' && 'minimum' in schema && 'maximum' in schema,
    type === 'number' || type === 'boolean' || type === 'null' || anyOf.length > 0,
  ];
  const within: [string, Schema][] = [
    ...Object.entries(properties),
    ...[items].flat().map((item): [string, Schema] => ['[]', item]),
    ...anyOf.map((branch): [string, Schema] => ['|', branch]),
  ];
  const deeper = within.flatMap(([name, part]) => unbounded(part, `${place}/${name}`));
  return known.includes(true) ? deeper : [place, ...deeper];
}

const spec: UserMap = new Map<string, UserMap | Float | bigint | number>([
  ['10', 1],
  ['2', new Float(1)],
  ['__proto__', new Map([['large', 2n ** 70n]])],
  ['nothing', Number.NaN],
]);

const workflow: NewWorkflow = {
  name: 'relaxation',
  metadata: new Map([['tag', spec]]),
  fireworks: [
    { fwId: fwId(-1), name: 'relax', spec, state: 'WAITING', launches: [spec], archivedLaunches: [] },
  ],
  links: new Map([[fwId(-1), []]]),
};

function overTheWire(value: unknown, schema: WireSchema): unknown {
  return fromWire(toWire(value, schema), schema);
}

describe('what goes over the wire', () => {
  it('keeps user data and maps as they are', () => {
    const request = { key: 'k', workflows: [workflow] };
    expect(overTheWire(request, operationTable.addWorkflows.request)).toEqual(request);
  });

  it('keeps a report with an action that adds Workflows', () => {
    const report = {
      launchpad: 'u',
      launchId: launchId(3),
      token: 't' as StartToken,
      state: 'COMPLETED',
      action: { ...emptyAction(), updateSpec: spec, detours: [workflow] },
      endedOn: timestamp(0),
    };
    const request = { key: 'k', reports: [report] };
    expect(overTheWire(request, operationTable.report.request)).toEqual(request);
  });

  it('tells the branches of a union apart', () => {
    const reply = {
      results: [
        { launchId: launchId(1), outcome: 'applied' },
        { launchId: launchId(2), outcome: 'refused', reason: 'deleted' },
        { launchId: launchId(3), outcome: 'fizzled', reason: 'bad action' },
      ],
    };
    expect(overTheWire(reply, operationTable.report.reply)).toEqual(reply);
  });

  it('keeps both forms of a category', () => {
    for (const category of ['', 'long', ['a', 'b']]) {
      const request = { fworker: { name: 'w', category, query: new Map(), env: spec } };
      expect(overTheWire(request, operationTable.workFor.request)).toEqual(request);
    }
  });

  it('names the place of what is not as the schema says', () => {
    const { request } = operationTable.workFor;
    const text = '{"fworker": {"name": "w", "category": "", "query": [], "env": {}}}';
    expect(() => fromWire(text, request)).toThrow(/at \$\.fworker\.query a mapping is expected, not a list/);
  });

  it('is refused by the validator when a key is unknown or a value out of bounds', () => {
    const ajv = new Ajv({ strict: true, allowUnionTypes: true, strictTuples: false });
    ajv.addKeyword('wire');
    const validate = ajv.compile(operations.claim.request);
    const claim = {
      key: 'k',
      agentId: 'a',
      fworker: { name: 'w', category: '', query: new Map(), env: new Map() },
      count: 3,
      order: 'any',
      withoutTasks: [],
    };
    const { request } = operationTable.claim;
    const seen = (value: object) => skeleton(readBack(value, request), request);
    expect(validate(seen(claim))).toBe(true);
    expect(validate(seen({ ...claim, count: 1_000_000 }))).toBe(false);
    expect(validate({ ...claim, __proto__: null, admin: true })).toBe(false);
    expect(finish(seen(claim), request)).toEqual(claim);
  });
});

/** The parsed text of a message. */
function readBack(value: object, schema: WireSchema) {
  return parseJson(toWire(value, schema));
}
