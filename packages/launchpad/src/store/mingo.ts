import { Context } from 'mingo/core';
import * as queries from 'mingo/operators/query';
import { Query } from 'mingo/query';

// The library and the operators of filters, as one module, so that a program's bundle loads one file for its hundreds.

const context = Context.init({ query: operators(queries) });

export const compile = (filter: object) => new Query<object>(filter, { context });

/** The exports that are operators; a CommonJS module has `default` among them. */
export function operators<Exports extends object>(module: Exports): Exports {
  const named = Object.entries(module).filter(([name]) => name.startsWith('$'));
  return Object.assign(Object.create(null), Object.fromEntries(named));
}
