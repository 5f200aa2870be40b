import { Float, float, integer, type UserValue } from './user-data.ts';

/** The sum of two numbers of user data: integers stay integers of any size, with a float it is a float. Null when one is no number. */
export function plus(a: UserValue, b: UserValue): UserValue | null {
  return combine(a, b, { exact: (x, y) => x + y, inexact: (x, y) => x + y });
}

/** The product of two numbers of user data, as {@link plus}. */
export function times(a: UserValue, b: UserValue): UserValue | null {
  return combine(a, b, { exact: (x, y) => x * y, inexact: (x, y) => x * y });
}

interface Operation {
  exact(x: bigint, y: bigint): bigint;
  inexact(x: number, y: number): number;
}

function combine(a: UserValue, b: UserValue, operation: Operation): UserValue | null {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === null || y === null) return null;
  if (typeof x === 'bigint' && typeof y === 'bigint') return integer(operation.exact(x, y));
  return float(operation.inexact(Number(x), Number(y)));
}

/** Integers as bigint, floats as number; null for what is no number. */
function numberOf(value: UserValue): bigint | number | null {
  if (value instanceof Float) return value.value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  return typeof value === 'bigint' ? value : null;
}

/** A number of user data as JavaScript counts; null for what is no number. */
export function asNumber(value: UserValue): number | null {
  const number = numberOf(value);
  return number === null ? null : Number(number);
}
