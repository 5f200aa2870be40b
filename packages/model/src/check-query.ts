import { SkyrocketError } from './errors.ts';
import { nearMiss } from './near-miss.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

const runsCode: ReadonlySet<string> = new Set(['$where', '$function', '$accumulator']);

/**
 * Refuses a filter that would run code in the database, anywhere in it, and operators that do not exist.
 * @throws SkyrocketError BAD_QUERY
 */
export function checkQuery(filter: UserMap): void {
  refuseCode(filter);
  checkFilter(filter);
}

function refuseCode(value: UserValue): void {
  if (Array.isArray(value)) value.forEach(refuseCode);
  if (!isUserMap(value)) return;
  for (const [key, item] of value) {
    if (runsCode.has(key))
      throw new SkyrocketError(
        'BAD_QUERY',
        `the query uses ${key}, which runs code: write it with other operators`,
      );
    refuseCode(item);
  }
}

const ofFilters: ReadonlySet<string> = new Set(['$and', '$or', '$nor']);
/** Their operands are not filters: expressions, schemas and texts of their own languages. */
const opaque: ReadonlySet<string> = new Set([
  '$expr',
  '$jsonSchema',
  '$comment',
  '$text',
  '$sampleRate',
  '$alwaysTrue',
  '$alwaysFalse',
]);
const ofFields: ReadonlySet<string> = new Set([
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$not',
  '$exists',
  '$type',
  '$mod',
  '$regex',
  '$options',
  '$all',
  '$elemMatch',
  '$size',
  '$bitsAllClear',
  '$bitsAllSet',
  '$bitsAnyClear',
  '$bitsAnySet',
  '$geoIntersects',
  '$geoWithin',
  '$near',
  '$nearSphere',
  '$minDistance',
  '$maxDistance',
]);

function checkFilter(filter: UserMap): void {
  for (const [key, value] of filter) {
    if (ofFilters.has(key)) checkFilters(key, value);
    else if (!key.startsWith('$')) checkCondition(value);
    else if (!opaque.has(key)) throw unknownOperator(key, [...ofFilters, ...opaque, ...ofFields]);
  }
}

function checkFilters(operator: string, value: UserValue): void {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isUserMap))
    throw new SkyrocketError('BAD_QUERY', `the query's ${operator} needs a list of at least one filter`);
  value.forEach(checkFilter);
}

/** What a field is compared with: operators when the first key is one, else a value. */
function checkCondition(value: UserValue): void {
  if (!isUserMap(value) || ![...value.keys()].some((key) => key.startsWith('$'))) return;
  for (const [key, operand] of value) {
    if (!ofFields.has(key)) throw unknownOperator(key, ofFields);
    if (key === '$not') checkCondition(operand);
    if (key === '$elemMatch' && isUserMap(operand)) checkElement(operand);
  }
}

/** `$elemMatch` takes operators or a filter. */
function checkElement(operand: UserMap): void {
  const first = operand.keys().next().value;
  if (first !== undefined && ofFields.has(first)) checkCondition(operand);
  else checkFilter(operand);
}

function unknownOperator(key: string, known: Iterable<string>): SkyrocketError {
  const meant = nearMiss(key, known);
  const hint = meant === null ? '' : `: was ${meant} meant?`;
  return new SkyrocketError(
    'BAD_QUERY',
    `the query uses ${key}, which is no operator of MongoDB filters${hint}`,
  );
}
