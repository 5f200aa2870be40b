import { SkyrocketError } from '@skyrocket/model/errors';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { Float, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/**
 * How requests and replies become text and back, by their schemas: user data keeps type and order (`1.0`, integers
 * above 2^53, NaN, `__proto__`), `Map`s are lists of pairs, and everything else is plain JSON. It needs the schemas as
 * data only, not the library that they are written with.
 */

/** A JSON Schema, as far as the wire looks at it. */
export interface WireSchema {
  wire?: 'user-data' | 'user-map' | 'map';
  type?: string;
  properties?: Readonly<Record<string, WireSchema>>;
  required?: readonly string[];
  items?: WireSchema | readonly WireSchema[];
  anyOf?: readonly WireSchema[];
  const?: unknown;
  enum?: readonly unknown[];
}

/** @throws TypeError when a value is not what the schema says: a mistake of the program, not of a user */
export function toWire(value: unknown, schema: WireSchema): string {
  return stringifyJson(encode(value, schema, '$'));
}

/**
 * Reads a text whose values have the kinds of the schema, as the types of the contract declare them (`Value`).
 * @throws SkyrocketError BAD_FILE when it is no JSON, BAD_USAGE naming the place where it is not what the schema says
 */
export function fromWire<Value>(text: string, schema: WireSchema): Value;
export function fromWire(text: string, schema: WireSchema): unknown {
  return finish(skeleton(parseJson(text), schema), schema);
}

/**
 * What a validator of the schema can look at: mappings of the schema are objects, lists of pairs are still lists, and user
 * data stands whole, as it was read. {@link finish} makes of it what the contract declares.
 */
export function skeleton(value: UserValue, schema: WireSchema, place = '$'): unknown {
  if (schema.wire === 'user-data') return value;
  if (schema.wire === 'user-map') return isUserMap(value) ? value : refuse(place, 'a mapping', value);
  if (schema.anyOf) return skeleton(value, branchOf(value, schema.anyOf, place), place);
  if (Array.isArray(value))
    return value.map((item, i) => skeleton(item, itemSchema(schema, i), `${place}[${i}]`));
  if (value instanceof Float) return value.value;
  if (!isUserMap(value)) return value;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, item] of value) {
    const property = schema.properties?.[key];
    object[key] = property ? skeleton(item, property, `${place}.${key}`) : null;
  }
  return object;
}

/** Makes `Map`s of lists of pairs, in what {@link skeleton} made and a validator has passed. */
export function finish(value: unknown, schema: WireSchema): unknown {
  if (schema.wire === 'user-data' || schema.wire === 'user-map') return value;
  if (schema.anyOf) return finish(value, schema.anyOf.find((branch) => fits(value, branch)) ?? {});
  if (Array.isArray(value)) {
    const items = value.map((item, i) => finish(item, itemSchema(schema, i)));
    return schema.wire === 'map' ? new Map(items.filter(isPair)) : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const object: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const property = schema.properties?.[key];
    if (property) object[key] = finish(item, property);
  }
  return object;
}

function encode(value: unknown, schema: WireSchema, place: string): UserValue {
  if (schema.wire === 'user-data' || schema.wire === 'user-map') return userData(value, place);
  if (schema.anyOf) {
    const branch = schema.anyOf.find((candidate) => fits(value, candidate));
    return branch ? encode(value, branch, place) : mistake(place, value);
  }
  if (value instanceof Map)
    return [...value].map((pair, i) => encode(pair, itemSchema(schema, 0), `${place}[${i}]`));
  if (Array.isArray(value))
    return value.map((item, i) => encode(item, itemSchema(schema, i), `${place}[${i}]`));
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (typeof value !== 'object') return mistake(place, value);
  return encodeObject(value, schema, place);
}

function encodeObject(value: object, schema: WireSchema, place: string): UserMap {
  const map: UserMap = new Map();
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const item: unknown = Reflect.get(value, key);
    if (item !== undefined) map.set(key, encode(item, property, `${place}.${key}`));
    else if (schema.required?.includes(key)) mistake(`${place}.${key}`, item);
  }
  return map;
}

/** Bounded by what made it: user data is read with its own limits of depth. */
function userData(value: unknown, place: string): UserValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Float) return value;
  if (Array.isArray(value)) return value;
  return value instanceof Map ? value : mistake(place, value);
}

function itemSchema({ items }: WireSchema, index: number): WireSchema {
  if (items === undefined) return {};
  return isList(items) ? (items[index] ?? {}) : items;
}

const isList = (items: WireSchema | readonly WireSchema[]): items is readonly WireSchema[] =>
  Array.isArray(items);

const isPair = (value: unknown): value is [unknown, unknown] => Array.isArray(value) && value.length === 2;

function branchOf(value: UserValue, branches: readonly WireSchema[], place: string): WireSchema {
  const plain = isUserMap(value) ? Object.fromEntries(value) : value;
  return branches.find((branch) => fits(plain, branch)) ?? refuse(place, 'another value', value);
}

/** Whether a value is of the kind of a branch; in unions the kind, or one member that is a constant, tells them apart. */
function fits(value: unknown, branch: WireSchema): boolean {
  if (branch.enum) return branch.enum.includes(value);
  switch (branch.type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value) || value instanceof Map;
    case 'string':
    case 'boolean':
      return typeof value === branch.type && (branch.const === undefined || branch.const === value);
    case 'number':
    case 'integer':
      return typeof value === 'number';
    default:
      return (
        typeof value === 'object' && value !== null && !Array.isArray(value) && hasConstants(value, branch)
      );
  }
}

function hasConstants(value: object, { properties = {} }: WireSchema): boolean {
  return Object.entries(properties).every(([key, property]) => {
    const decisive = property.const !== undefined || property.enum !== undefined;
    return !decisive || !Object.hasOwn(value, key) || fits(Reflect.get(value, key), property);
  });
}

function refuse(place: string, expected: string, value: UserValue): never {
  const kind = Array.isArray(value) ? 'a list' : isUserMap(value) ? 'a mapping' : String(value).slice(0, 40);
  throw new SkyrocketError(
    'BAD_USAGE',
    `the message is not understood: at ${place} ${expected} is expected, not ${kind}`,
  );
}

function mistake(place: string, value: unknown): never {
  throw new TypeError(`${place} cannot be sent: ${typeof value}`);
}
