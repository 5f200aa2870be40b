import { operationTable } from '@skyrocket/contract/operation-table';
import type { OperationName } from '@skyrocket/contract/operations';
import type { Role } from '@skyrocket/contract/tokens';
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
export function refuseUnlessPermitted(bearer: Bearer, name: OperationName): void {
  if (!forAll.has(name)) refuseOthers(bearer, operationTable[name].role, name);
}

/** For what is read outside the operations: events, figures. @throws SkyrocketError NOT_ALLOWED */
export function refuseUnlessReader(bearer: Bearer): void {
  refuseOthers(bearer, 'reader', 'reading');
}

function refuseOthers({ role }: Bearer, needed: Role, what: string): void {
  if (holders[needed].has(role)) return;
  throw new SkyrocketError(
    'NOT_ALLOWED',
    `a token of role ${role} does not allow ${what}; it takes one of role ${[...holders[needed]].join(' or ')}`,
  );
}
