import type { Role } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import { SkyrocketError } from '@skyrocket/model/errors';

/** Who calls: the holder of a token. */
export interface Bearer {
  tokenId: string;
  role: Role;
}

/** Roles that may do what each role is needed for. */
const holders: Readonly<Record<Role, ReadonlySet<Role>>> = {
  reader: new Set(['reader', 'user', 'admin']),
  worker: new Set(['worker', 'user', 'admin']),
  user: new Set(['user', 'admin']),
  admin: new Set(['admin']),
};

/** What every program asks when it begins. */
const forAll: ReadonlySet<OperationName> = new Set(['identity']);

/** The request, when this bearer may make it. @throws SkyrocketError NOT_ALLOWED */
export function permitted(bearer: Bearer, name: OperationName, request: unknown): unknown {
  const { role } = operationTable[name];
  if (forAll.has(name) || holders[role].has(bearer.role)) return request;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `a token of role ${bearer.role} does not allow ${name}; it takes one of role ${[...holders[role]].join(' or ')}`,
  );
}
