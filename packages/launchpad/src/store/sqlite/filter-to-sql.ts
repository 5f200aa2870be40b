import { Float, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { toColumn } from './column-text.ts';
import type { ColumnValue } from './connection.ts';

/** A condition of a WHERE. */
export interface Condition {
  sql: string;
  values: ColumnValue[];
}

/** What SQL can do for a filter, and what is left to be tried on documents. Both must hold. */
export interface SplitFilter {
  conditions: Condition[];
  rest: UserMap;
}

/** Fields of a document that are columns which are never NULL. `text` ones are not compared by order: SQL orders bytes. */
export type FilterColumns = ReadonlyMap<string, { column: string; kind: 'integer' | 'text' | 'moment' }>;

const comparisons: ReadonlyMap<string, string> = new Map([
  ['$eq', '='],
  ['$ne', '<>'],
  ['$gt', '>'],
  ['$gte', '>='],
  ['$lt', '<'],
  ['$lte', '<='],
]);

/** Takes out of a MongoDB filter what columns can answer. */
export function splitFilter(filter: UserMap, columns: FilterColumns): SplitFilter {
  const conditions: Condition[] = [];
  const rest: UserMap = new Map();
  for (const [field, wanted] of filter) {
    const column = columns.get(field);
    const found = column ? conditionsFor(column, wanted) : null;
    if (found) conditions.push(...found);
    else if (field === '$and' && Array.isArray(wanted)) splitAnd(wanted, columns, { conditions, rest });
    else rest.set(field, wanted);
  }
  return { conditions, rest };
}

function splitAnd(parts: UserValue[], columns: FilterColumns, into: SplitFilter): void {
  const remaining: UserValue[] = [];
  for (const part of parts) {
    if (!isUserMap(part)) {
      remaining.push(part);
      continue;
    }
    const { conditions, rest } = splitFilter(part, columns);
    into.conditions.push(...conditions);
    if (rest.size > 0) remaining.push(rest);
  }
  if (remaining.length > 0 || parts.length === 0) into.rest.set('$and', remaining);
}

type FilterColumn = NonNullable<ReturnType<FilterColumns['get']>>;

/** Null: SQL cannot say it. */
function conditionsFor(column: FilterColumn, wanted: UserValue): Condition[] | null {
  if (!isUserMap(wanted)) return comparison(column, '$eq', wanted);
  const conditions: Condition[] = [];
  for (const [operator, value] of wanted) {
    const found = operator === '$in' ? oneOf(column, value) : comparison(column, operator, value);
    if (!found) return null;
    conditions.push(...found);
  }
  return conditions.length > 0 ? conditions : null;
}

function comparison(column: FilterColumn, operator: string, value: UserValue): Condition[] | null {
  const sign = comparisons.get(operator);
  const isOrder = sign !== '=' && sign !== '<>';
  if (!sign || (column.kind === 'text' && isOrder)) return null;
  const bound = columnValue(column, value);
  // A text that columns hold in another form has another place in their order.
  if (bound === null || (isOrder && typeof value === 'string' && bound !== value)) return null;
  return [{ sql: `${column.column} ${sign} ?`, values: [bound] }];
}

function oneOf(column: FilterColumn, list: UserValue): Condition[] | null {
  if (!Array.isArray(list)) return null;
  const values = list.map((item) => columnValue(column, item));
  if (values.some((value) => value === null)) return null;
  return [{ sql: `${column.column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(values)] }];
}

/** Null where the value is of another type than the column, which SQL and MongoDB compare differently. */
function columnValue({ kind }: FilterColumn, value: UserValue): ColumnValue {
  if (kind !== 'integer') return typeof value === 'string' ? toColumn(value) : null;
  const number = value instanceof Float ? value.value : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

/** Whether a filter asks for one of these top-level fields of a document, or may. */
export function mentions(filter: UserMap, fields: readonly string[]): boolean {
  for (const [key, value] of filter) {
    if (key === '$expr' || key === '$jsonSchema') return true;
    const inner = key.startsWith('$') && Array.isArray(value) ? value : [];
    if (inner.some((part) => isUserMap(part) && mentions(part, fields))) return true;
    if (fields.includes(key.split('.', 1)[0] ?? key)) return true;
  }
  return false;
}

/** `WHERE …`, or nothing; and the values in their order. */
export function whereClause(conditions: Condition[]): Condition {
  if (conditions.length === 0) return { sql: '', values: [] };
  return {
    sql: `WHERE ${conditions.map((condition) => condition.sql).join(' AND ')}`,
    values: conditions.flatMap((condition) => condition.values),
  };
}
