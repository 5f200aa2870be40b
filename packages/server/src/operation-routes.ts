import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import { type OperationName, operations } from '@skyrocket/contract/operations';
import { operationPath } from '@skyrocket/contract/protocol';
import { finish, skeleton, toWire } from '@skyrocket/contract/wire';
import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifyInstance } from 'fastify';
import type { Bearer } from './bearer.ts';
import { agentOwners, boundLaunchPad } from './bound-launchpad.ts';
import { refuseUnlessPermitted } from './permission.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route runs that is not open to all. */
    bearer: Bearer | null;
  }
}

/** Bytes of a request; adds and reports carry user data, which may be large. */
export const bodyLimits = { usual: 4 * 1024 * 1024, large: 256 * 1024 * 1024 } as const;

const largeOnes: ReadonlySet<OperationName> = new Set(['addWorkflows', 'appendWorkflow', 'report']);

/** Every operation of the contract as a route: who may call it, what it takes, what it gives. */
export function addOperationRoutes(app: FastifyInstance, launchpad: LaunchPad): void {
  const owners = agentOwners(launchpad);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
  for (const name of operationNames()) {
    const { request, reply } = operationTable[name];
    const validate = validatorOf(name);
    const bodyLimit = largeOnes.has(name) ? bodyLimits.large : bodyLimits.usual;
    app.post(operationPath(name), { bodyLimit }, async ({ bearer, body }, answer) => {
      if (bearer === null) throw new SkyrocketError('NOT_ALLOWED', 'this operation needs a token');
      refuseUnlessPermitted(bearer, name);
      const asked = finish(read(String(body ?? ''), validate, name), request);
      const bound = boundLaunchPad(launchpad, bearer, owners);
      const given: unknown = await Reflect.apply(bound[name], bound, [asked]);
      return answer.type('application/json').send(toWire(given ?? {}, reply));
    });
  }
}

export function operationNames(): OperationName[] {
  return Object.keys(operations).filter((name): name is OperationName => Object.hasOwn(operationTable, name));
}

const ajv = new Ajv({ strict: true, strictTuples: false, allowUnionTypes: true });
ajv.addKeyword('wire');

const validators = new Map<OperationName, ValidateFunction>();

/** Compiled once, however many servers there are in a process. */
function validatorOf(name: OperationName): ValidateFunction {
  const validator = validators.get(name) ?? ajv.compile(operations[name].request);
  validators.set(name, validator);
  return validator;
}

/** @throws SkyrocketError BAD_FILE, BAD_USAGE naming the place in the request */
function read(body: string, validate: ValidateFunction, name: OperationName): unknown {
  const asked = skeleton(parseJson(body, { source: name }), operationTable[name].request);
  if (validate(asked)) return asked;
  throw new SkyrocketError('BAD_USAGE', `${name}: ${faultOf(validate.errors?.[0])}`);
}

function faultOf(error: ErrorObject | undefined): string {
  if (!error) return 'the request is not understood';
  const unknown = error.keyword === 'additionalProperties' ? ` (${error.params.additionalProperty})` : '';
  return `at ${error.instancePath || '/'} it ${error.message}${unknown}`;
}
