import { types } from 'node:util';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { LifeIsOver } from './server-lives.ts';

/** An error code of the server that callers tell apart. */
export const duplicateKey = 11000;

export function isServerError(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}

/** Whether nothing can be done for the moment, whatever is asked for. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof LifeIsOver
  );
}

/** Runs a call; what the driver throws is told in the launchpad's words. `location` is a URI without its password. */
export async function explained<T>(location: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw explain(location, error);
  }
}

/** What the driver says of settings with which it cannot even begin. */
export function misconfigured(location: string, error: unknown): SkyrocketError {
  const reason = types.isNativeError(error) ? error.message : String(error);
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `my_launchpad.yaml describes MongoDB at ${location} in a way that cannot be used (${reason})`,
    { cause: error },
  );
}

function explain(location: string, error: unknown): unknown {
  if (isSkyrocketError(error)) return error;
  // Files with keys and certificates are read when the driver connects.
  if (isSystemError(error) && error.syscall === 'open') return misconfigured(location, error);
  const isOfDatabase = error instanceof MongoError || error instanceof LifeIsOver;
  if (!isOfDatabase && !isNameServerError(error)) return error;
  const cause = { cause: error };
  const code = error instanceof MongoServerError || error instanceof MongoBulkWriteError ? error.code : null;
  if (code === 18 || code === 13) {
    return new SkyrocketError(
      'BAD_CONFIGURATION',
      `MongoDB at ${location} refuses the user name or password: check username, password and authsource in my_launchpad.yaml`,
      cause,
    );
  }
  if (code === 14031) {
    return new SkyrocketError(
      'STORE_FULL',
      `the disk of MongoDB at ${location} is full: make room and repeat the command`,
      cause,
    );
  }
  if (code === 50) {
    return new SkyrocketError(
      'BAD_QUERY',
      `the query takes too long for MongoDB at ${location}: ask for less, by fields that have an index`,
      cause,
    );
  }
  if (code !== null && badQueryCodes.has(Number(code))) {
    return new SkyrocketError('BAD_QUERY', `the query cannot be used: ${error.message}`, cause);
  }
  return new SkyrocketError(
    'STORE_UNAVAILABLE',
    `MongoDB at ${location} does not answer (${error.message})`,
    cause,
  );
}

const isSystemError = (error: unknown): error is Error & { syscall: unknown } =>
  types.isNativeError(error) && 'syscall' in error;

/** The hosts of a `mongodb+srv:` address stand with a name server. */
const isNameServerError = (error: unknown): error is Error =>
  isSystemError(error) && typeof error.syscall === 'string' && error.syscall.startsWith('query');

/** BadValue, FailedToParse, TypeMismatch, and a broken regular expression. */
const badQueryCodes: ReadonlySet<number> = new Set([2, 9, 14, 51091]);
