import { SkyrocketError } from '@skyrocket/model/errors';
import { Float, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Query as MingoQuery } from 'mingo/query';
import { boundedMatching, mayRunAway } from './bounded-matching.ts';

/** Whether a document matches a MongoDB filter. */
export type DocumentMatcher = (document: UserMap) => boolean;

interface Mingo {
  Query: typeof MingoQuery;
  context: import('mingo/core').Context;
}

let lean: Promise<Mingo> | null = null;
let full: Promise<Mingo> | null = null;

/**
 * Compiles a MongoDB filter that has passed `checkQuery`. The library is loaded when the first filter is compiled, its
 * expressions (most of it) only when one uses them. Integers beyond 2^53 are compared as the nearest double.
 * @throws SkyrocketError BAD_QUERY for operators that do not exist or are used wrongly; the matcher throws it when it would
 *   take too long.
 */
export async function documentMatcher(filter: UserMap): Promise<DocumentMatcher> {
  if (filter.size === 0) return () => true;
  const { Query, context } = await (uses(filter, '$expr') ? loadFull() : loadLean());
  try {
    const query = new Query<object>(plainObject(filter), { context });
    query.test(Object.create(null));
    const matches: DocumentMatcher = (document) => query.test(plainObject(document));
    return mayRunAway(filter) ? boundedMatching(matches) : matches;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError('BAD_QUERY', `the query cannot be used: ${reason}`, { cause: error });
  }
}

function loadLean(): Promise<Mingo> {
  lean ??= (async () => {
    const [{ Query }, { Context }, query] = await Promise.all([
      import('mingo/query'),
      import('mingo/core'),
      import('mingo/operators/query'),
    ]);
    return { Query, context: Context.init({ query: operators(query) }) };
  })();
  return lean;
}

function loadFull(): Promise<Mingo> {
  full ??= (async () => {
    const [{ Query }, { Context }, query, expression] = await Promise.all([
      import('mingo/query'),
      import('mingo/core'),
      import('mingo/operators/query'),
      import('mingo/operators/expression'),
    ]);
    return { Query, context: Context.init({ query: operators(query), expression: operators(expression) }) };
  })();
  return full;
}

/** The exports that are operators; a CommonJS module has `default` among them. */
function operators<Exports extends object>(module: Exports): Exports {
  const named = Object.entries(module).filter(([name]) => name.startsWith('$'));
  return Object.assign(Object.create(null), Object.fromEntries(named));
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
