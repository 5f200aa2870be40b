/**
 * Every failure that Skyrocket can explain. `fault` says whose it is: the user's mistake ends a program with exit
 * code 2, a failure of the world with exit code 1. The message is one sentence: what happened, where, what to do.
 */
export type ErrorCode =
  | 'BAD_FILE'
  | 'BAD_WORKFLOW'
  | 'BAD_QUERY'
  | 'BAD_USAGE'
  | 'BAD_CONFIGURATION'
  | 'BAD_ACTION'
  | 'NOT_FOUND'
  | 'NOT_ALLOWED'
  | 'TOO_LARGE'
  | 'STORE_UNAVAILABLE'
  | 'STORE_READ_ONLY'
  | 'STORE_FULL'
  | 'STORE_TOO_NEW'
  | 'LAUNCH_TAKEN_AWAY'
  | 'TASK_FAILED'
  | 'CANNOT_IMPORT'
  | 'QUEUE_FAILED'
  | 'UNSUPPORTED_PLATFORM';

const userFaults: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BAD_FILE',
  'BAD_WORKFLOW',
  'BAD_QUERY',
  'BAD_USAGE',
  'BAD_CONFIGURATION',
  'BAD_ACTION',
  'NOT_FOUND',
  'NOT_ALLOWED',
  'TOO_LARGE',
  'STORE_TOO_NEW',
  'STORE_READ_ONLY',
]);

export class SkyrocketError extends Error {
  readonly code: ErrorCode;
  /** The exit code of a program that ends with this error. */
  readonly exitCode: 1 | 2;

  constructor(code: ErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'SkyrocketError';
    this.code = code;
    this.exitCode = userFaults.has(code) ? 2 : 1;
  }
}

/** Whether an error is one of ours, also across module instances (tests load modules more than once). */
export function isSkyrocketError(error: unknown): error is SkyrocketError {
  return error instanceof Error && error.name === 'SkyrocketError' && 'exitCode' in error;
}
