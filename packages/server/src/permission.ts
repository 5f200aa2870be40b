import type { Role } from '@skyrocket/contract/launchpad';
import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { Bearer } from './bearer.ts';

/** Roles that may do what each role is needed for. */
const holders: Readonly<Record<Role, ReadonlySet<Role>>> = {
  reader: new Set(['reader', 'user', 'admin']),
  worker: new Set(['worker', 'user', 'admin']),
  user: new Set(['user', 'admin']),
  admin: new Set(['admin']),
};

/** What every program asks when it begins. */
const forAll: ReadonlySet<OperationName> = new Set(['identity']);

/** @throws SkyrocketError NOT_ALLOWED when this bearer may not call the operation */
export function refuseUnlessPermitted({ role }: Bearer, name: OperationName): void {
  const needed = operationTable[name].role;
  if (forAll.has(name) || holders[needed].has(role)) return;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `a token of role ${role} does not allow ${name}; it takes one of role ${[...holders[needed]].join(' or ')}`,
  );
}
