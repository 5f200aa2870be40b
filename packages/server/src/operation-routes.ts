import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import { type OperationName, operations } from '@skyrocket/contract/operations';
import { bodyLimitOf, operationPath } from '@skyrocket/contract/protocol';
import { finish, skeleton, toWire } from '@skyrocket/contract/wire';
import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Bearer } from './bearer.ts';
import { agentOwners, boundLaunchPad } from './bound-launchpad.ts';
import { refuseUnlessPermitted } from './permission.ts';

export interface OperationRoutes {
  launchpad: LaunchPad;
  /** Told when an operation has changed something. */
  changed(): void;
}

/** Every operation of the contract as a route: who may call it, what it takes, what it gives. */
export function addOperationRoutes(app: FastifyInstance, { launchpad, changed }: OperationRoutes): void {
  const owners = agentOwners(launchpad);
  for (const name of operationNames()) {
    const { request, reply, effect } = operationTable[name];
    app.post(operationPath(name), {
      bodyLimit: bodyLimitOf(name),
      // Before the body is read.
      onRequest: async (call) => refuseUnlessPermitted(bearerOf(call), name),
      handler: async (call, answer) => {
        const asked = finish(read(String(call.body ?? ''), name), request);
        const bound = boundLaunchPad(launchpad, bearerOf(call), owners);
        const given: unknown = await Reflect.apply(bound[name], bound, [asked]);
        if (effect === 'changes') changed();
        return answer.type('application/json').send(toWire(given ?? {}, reply));
      },
    });
  }
}

export function operationNames(): OperationName[] {
  return Object.keys(operations).filter((name): name is OperationName => Object.hasOwn(operationTable, name));
}

/** @throws SkyrocketError NOT_ALLOWED where a request came in without a token */
export function bearerOf({ bearer }: FastifyRequest): Bearer {
  if (bearer !== null) return bearer;
  throw new SkyrocketError('NOT_ALLOWED', 'this operation needs a token');
}

const ajv = new Ajv({ strict: true, strictTuples: false, allowUnionTypes: true });
ajv.addKeyword('wire');

const validators = new Map<OperationName, ValidateFunction>();

/** Compiled when it is first needed: all of them together take longer than the rest of the start. */
function validatorOf(name: OperationName): ValidateFunction {
  const validator = validators.get(name) ?? ajv.compile(operations[name].request);
  validators.set(name, validator);
  return validator;
}

/** @throws SkyrocketError BAD_FILE, BAD_USAGE naming the place in the request */
function read(body: string, name: OperationName): unknown {
  const asked = skeleton(parseJson(body, { source: name }), operationTable[name].request);
  const validate = validatorOf(name);
  if (validate(asked)) return asked;
  throw new SkyrocketError('BAD_USAGE', `${name}: ${faultOf(validate.errors?.[0])}`);
}

function faultOf(error: ErrorObject | undefined): string {
  if (!error) return 'the request is not understood';
  const unknown = error.keyword === 'additionalProperties' ? ` (${error.params.additionalProperty})` : '';
  return `at ${error.instancePath || '/'} it ${error.message}${unknown}`;
}
