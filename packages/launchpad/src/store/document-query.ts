import { SkyrocketError } from '@skyrocket/model/errors';
import { Float, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { boundedMatching, mayRunAway } from './bounded-matching.ts';

/** Whether a document matches a MongoDB filter. */
export type DocumentMatcher = (document: UserMap) => boolean;

/**
 * Compiles a MongoDB filter that has passed `checkQuery`. The library is loaded when the first filter is compiled, its
 * expressions (most of it) only when one uses them. Integers beyond 2^53 are compared as the nearest double.
 * @throws SkyrocketError BAD_QUERY for operators that do not exist or are used wrongly; the matcher throws it when it would
 *   take too long.
 */
export async function documentMatcher(filter: UserMap): Promise<DocumentMatcher> {
  if (filter.size === 0) return () => true;
  const { compile } = await (uses(filter, '$expr')
    ? import('./mingo-with-expressions.ts')
    : import('./mingo.ts'));
  try {
    const query = compile(plainObject(filter));
    query.test(Object.create(null));
    const matches: DocumentMatcher = (document) => query.test(plainObject(document));
    return mayRunAway(filter) ? boundedMatching(matches) : matches;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError('BAD_QUERY', `the query cannot be used: ${reason}`, { cause: error });
  }
}

function uses(value: UserValue, operator: string): boolean {
  if (Array.isArray(value)) return value.some((item) => uses(item, operator));
  if (!isUserMap(value)) return false;
  return value.has(operator) || [...value.values()].some((item) => uses(item, operator));
}

/** Objects without a prototype, so that keys such as `__proto__` are keys. */
function plainObject(map: UserMap): object {
  const plain = Object.create(null);
  for (const [key, value] of map) plain[key] = plainValue(value);
  return plain;
}

function plainValue(value: UserValue): unknown {
  if (value instanceof Float) return value.value;
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  return isUserMap(value) ? plainObject(value) : value;
}
