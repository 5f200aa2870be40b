import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import { bodyLimitOf, operationPath } from '@skyrocket/contract/protocol';
import { finish, toWire } from '@skyrocket/contract/wire';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Bearer } from './bearer.ts';
import { agentOwners, boundLaunchPad } from './bound-launchpad.ts';
import { refuseUnlessPermitted } from './permission.ts';
import { readRequest } from './request-validation.ts';

export interface OperationRoutes {
  launchpad: LaunchPad;
  /** Told when an operation has changed something. */
  changed(): void;
}

/** Every operation of the contract as a route: who may call it, what it takes, what it gives. */
export function addOperationRoutes(app: FastifyInstance, { launchpad, changed }: OperationRoutes): void {
  const owners = agentOwners(launchpad);
  const bounds = new WeakMap<Bearer, LaunchPad>();
  // A bearer is the same for all requests until the token is looked up again.
  const boundTo = (bearer: Bearer) => {
    const bound = bounds.get(bearer) ?? boundLaunchPad(launchpad, bearer, owners);
    bounds.set(bearer, bound);
    return bound;
  };
  for (const name of operationNames()) {
    const { request, reply, effect } = operationTable[name];
    app.post(operationPath(name), {
      bodyLimit: bodyLimitOf(name),
      // Before the body is read.
      onRequest: async (call) => refuseUnlessPermitted(bearerOf(call), name),
      handler: async (call, answer) => {
        const asked = finish(await readRequest(String(call.body ?? ''), name), request);
        const bound = boundTo(bearerOf(call));
        const given: unknown = await Reflect.apply(bound[name], bound, [asked]);
        if (effect === 'changes') changed();
        return answer.type('application/json').send(toWire(given ?? {}, reply));
      },
    });
  }
}

export function operationNames(): OperationName[] {
  return Object.keys(operationTable).filter((name): name is OperationName => name in operationTable);
}

/** @throws SkyrocketError NOT_ALLOWED where a request came in without a token */
export function bearerOf({ bearer }: FastifyRequest): Bearer {
  if (bearer !== null) return bearer;
  throw new SkyrocketError('NOT_ALLOWED', 'this operation needs a token');
}
