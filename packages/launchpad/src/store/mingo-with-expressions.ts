import { Context } from 'mingo/core';
import * as expressions from 'mingo/operators/expression';
import * as queries from 'mingo/operators/query';
import { Query } from 'mingo/query';
import { operators } from './mingo.ts';

// What `$expr` takes too, which is most of the library.

const context = Context.init({ query: operators(queries), expression: operators(expressions) });

export const compile = (filter: object) => new Query<object>(filter, { context });
