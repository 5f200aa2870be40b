import { createContext, Script } from 'node:vm';
import { isSystemError } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isUserMap, type UserValue } from '@skyrocket/model/user-data';

/** One document is tried for no longer, in milliseconds. */
const documentMilliseconds = 500;
/** All documents of one query together; a matcher that is kept has as much again after as long a rest. */
const queryMilliseconds = 10_000;

/**
 * Whether trying a filter may take long out of all proportion: an expression, or a regular expression that repeats
 * something and so may try endless combinations. One without repetition takes as long as its text.
 */
export function mayRunAway(filter: UserValue): boolean {
  if (Array.isArray(filter)) return filter.some(mayRunAway);
  if (!isUserMap(filter)) return false;
  return [...filter].some(
    ([key, value]) => key === '$expr' || (key === '$regex' && repeats(value)) || mayRunAway(value),
  );
}

const repeats = (pattern: UserValue) => typeof pattern !== 'string' || /[*+{?]/.test(pattern);

const context = createContext({ attempt: null });
const script = new Script('attempt()');

/**
 * Tries documents for a bounded time. JavaScript cannot be told how long a regular expression may take; a script can.
 * @throws SkyrocketError BAD_QUERY, from the matcher, when the time is up
 */
export function boundedMatching<Document>(
  test: (document: Document) => boolean,
): (document: Document) => boolean {
  let left = queryMilliseconds;
  let ended = performance.now();
  return (document) => {
    const began = performance.now();
    left = Math.min(queryMilliseconds, left + began - ended);
    context.attempt = () => test(document);
    try {
      return (
        script.runInContext(context, { timeout: Math.ceil(Math.min(documentMilliseconds, left)) }) === true
      );
    } catch (error) {
      if (!isSystemError(error, 'ERR_SCRIPT_EXECUTION_TIMEOUT')) throw error;
      throw tooSlow(error);
    } finally {
      context.attempt = null;
      ended = performance.now();
      left = Math.max(1, left - (ended - began));
    }
  };
}

function tooSlow(cause: unknown): SkyrocketError {
  return new SkyrocketError(
    'BAD_QUERY',
    'the query takes too long to be tried on documents: write its regular expressions without nested repetition, and begin them with ^',
    { cause },
  );
}
