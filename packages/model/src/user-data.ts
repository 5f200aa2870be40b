/**
 * User data: what a user put into `spec`, `metadata` or an action. It keeps type and order on every hop
 * (file, store, journal, Python child, HTTP), so it is never held in plain objects: those reorder
 * integer-like keys, lose `__proto__`, and cannot tell `1.0` from `1`.
 */

/** A mapping of user data. Keys keep the order in which the user wrote them. */
export type UserMap = Map<string, UserValue>;

/**
 * One value of user data.
 * - integers: `number` when safe (|n| ≤ 2^53−1), else `bigint`; a `bigint` in the safe range is never made;
 * - floats: `number` when the value has a fraction or is NaN or ±Infinity, else {@link Float}
 *   (`1.0`, `1e300`, `-0.0`), so that a float stays a float;
 * - mappings: `Map`, in insertion order.
 */
export type UserValue = null | boolean | string | number | bigint | Float | UserValue[] | UserMap;

/** A floating point number whose value is integral: `1.0` in a file, a `double` in BSON, a `float` in Python. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** The user value of a floating point number: a plain number where JavaScript can tell it is a float. */
export function float(value: number): number | Float {
  return Number.isInteger(value) ? new Float(value) : value;
}

/** The user value of an integer of any size. */
export function integer(value: bigint | number): number | bigint {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : BigInt(value);
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

export function isUserMap(value: UserValue | undefined): value is UserMap {
  return value instanceof Map;
}

/** Truth as Python sees it: empty containers, zero, '' and null are false. Flags in specs are read this way. */
export function isTruthy(value: UserValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  if (value instanceof Float) return value.value !== 0;
  if (typeof value === 'number') return value !== 0;
  if (typeof value === 'bigint') return value !== 0n;
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof Map ? value.size > 0 : true;
}

/** The keys of a document, and what each says of something. */
export type DocumentMembers<Of> = readonly (readonly [key: string, read: (of: Of) => UserValue])[];

/** Equality as Python and MongoDB see it: numbers by value whatever their kind, mappings by content. */
export function equalUserValues(a: UserValue, b: UserValue): boolean {
  if (a instanceof Float) return equalUserValues(a.value, b);
  if (b instanceof Float) return equalUserValues(a, b.value);
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, i) => equalUserValues(item, b[i] ?? null))
    );
  }
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    for (const [key, value] of a) {
      const other = b.get(key);
      if (other === undefined || !equalUserValues(value, other)) return false;
    }
    return true;
  }
  // A bigint is outside the safe range, where a number that is a float may still have the same value.
  if (typeof a === 'bigint' && typeof b === 'number') return Number.isInteger(b) && a === BigInt(b);
  if (typeof b === 'bigint' && typeof a === 'number') return Number.isInteger(a) && b === BigInt(a);
  return a === b;
}

/** A deep copy that shares nothing that can be changed with the original. */
export function copyUserValue<T extends UserValue>(value: T): T;
export function copyUserValue(value: UserValue): UserValue {
  if (Array.isArray(value)) return value.map((item) => copyUserValue(item));
  if (value instanceof Map) return copyUserMap(value);
  return value;
}

export function copyUserMap(map: UserMap): UserMap {
  const copy: UserMap = new Map();
  for (const [key, value] of map) copy.set(key, copyUserValue(value));
  return copy;
}

/** A plain JavaScript value, for queries, templates and tables: floats become numbers, mappings null-prototype objects. */
export function toPlain(value: UserValue): unknown {
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) {
    const plain: Record<string, unknown> = Object.create(null);
    for (const [key, item] of value) plain[key] = toPlain(item);
    return plain;
  }
  return value;
}

/**
 * User data made from a plain JavaScript value: integral numbers become integers, objects mappings, `Map`s stay,
 * Dates become ISO strings, `undefined` members are left out.
 * @throws TypeError when the value cannot be stored (functions, symbols).
 */
export function fromPlain(value: unknown): UserValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number')
    return Object.is(value, -0) ? new Float(-0) : Number.isSafeInteger(value) ? value : float(value);
  if (typeof value === 'bigint') return integer(value);
  if (value instanceof Float) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : fromPlain(item)));
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} cannot be stored as user data`);
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const map: UserMap = new Map();
  for (const [key, item] of entries) if (item !== undefined) map.set(String(key), fromPlain(item));
  return map;
}
