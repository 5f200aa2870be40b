import type { ErrorCode } from '@skyrocket/model/errors';
import type { OperationName } from './operations.ts';

/** What clients and servers agree on beside the operations. */

/** Raised when a client of before could not talk to a server of after. */
export const protocolVersion = 1;

/** Every request and reply says its protocol; a server adds its version of Skyrocket. */
export const protocolHeader = 'skyrocket-protocol';
export const versionHeader = 'skyrocket-version';

/** Where an operation is called: POST, with the request as JSON. */
export function operationPath(name: string): string {
  return `/v1/${name}`;
}

const mebibyte = 1024 * 1024;

/** What carries specs and results, which may be large. */
const large: ReadonlySet<OperationName> = new Set([
  'addWorkflows',
  'appendWorkflow',
  'importWorkflows',
  'updateSpecs',
  'heartbeat',
  'report',
  'tellOffline',
]);

/** So many bytes a request may have. */
export function bodyLimitOf(name: OperationName): number {
  return (large.has(name) ? 256 : 4) * mebibyte;
}

/** The stream of state changes: GET. */
export const eventsPath = '/v1/events';

/** The body of a reply that is no success. */
export interface Refusal {
  code: ErrorCode;
  message: string;
}

/** The status of a refusal. What is 503 may be asked again; the others will be refused again. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'NOT_FOUND':
      return 404;
    case 'NOT_ALLOWED':
      return 403;
    case 'TOO_LARGE':
      return 413;
    case 'STORE_UNAVAILABLE':
    case 'STORE_FULL':
      return 503;
    case 'BAD_FILE':
    case 'BAD_WORKFLOW':
    case 'BAD_QUERY':
    case 'BAD_USAGE':
    case 'BAD_CONFIGURATION':
    case 'BAD_ACTION':
      return 400;
    default:
      return 500;
  }
}
