import { Float, type UserValue } from './user-data.ts';

/**
 * A text that sorts as MongoDB sorts values of `_priority` (any type; undefined where there is none), by code units or
 * bytes alike: Fireworks are claimed in descending order of it. Equal values of different types (`5` and `5.0`) have
 * the same key. As in a descending MongoDB sort, a list stands for its greatest element, and what has no priority
 * comes after all that has one.
 */
export function priorityKey(priority: UserValue | undefined): string {
  if (priority === undefined) return typeOrder.missing;
  if (!Array.isArray(priority)) return keyOf(priority);
  return priority
    .map(keyOf)
    .reduce((greatest, key) => (key > greatest ? key : greatest), typeOrder.emptyList);
}

/** MongoDB's order of types. */
const typeOrder = {
  emptyList: '0',
  missing: '1',
  number: '2',
  text: '3',
  mapping: '4',
  list: '5',
  truth: '6',
} as const;

/** Ends a text and a mapping inside a key: sorts before all that could follow in a longer one. */
const end = ' ';

function keyOf(value: UserValue): string {
  if (value === null) return typeOrder.missing;
  if (typeof value === 'boolean') return typeOrder.truth + (value ? '1' : '0');
  if (typeof value === 'string') return typeOrder.text + textKey(value);
  if (Array.isArray(value)) return typeOrder.list + value.map(keyOf).join('') + end;
  if (value instanceof Map) {
    const pairs = [...value].map(([name, item]) => {
      const key = keyOf(item);
      // MongoDB compares the type of a member before its name.
      return key.slice(0, 1) + textKey(name) + key.slice(1);
    });
    return typeOrder.mapping + pairs.join('') + end;
  }
  return typeOrder.number + numberKey(value instanceof Float ? value.value : value);
}

/** Hexadecimal digits of the UTF-8 form, whose order is MongoDB's. */
function textKey(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex') + end;
}

/** The bits of the nearest double, ordered, and what an integer has beyond it. */
function numberKey(value: number | bigint): string {
  const nearest = Number(value);
  if (Number.isNaN(nearest)) return '0'.repeat(16) + remainderKey(0n);
  const bits = new BigUint64Array(new Float64Array([nearest + 0]).buffer)[0] ?? 0n;
  const ordered = bits >> 63n === 1n ? ~bits & (2n ** 64n - 1n) : bits | (1n << 63n);
  const exact = typeof value === 'bigint' && Number.isFinite(nearest) ? value - BigInt(nearest) : 0n;
  return ordered.toString(16).padStart(16, '0') + remainderKey(exact);
}

/** Integers beyond the doubles differ from their nearest one by less than 2^970. */
function remainderKey(remainder: bigint): string {
  return remainder === 0n
    ? '8'
    : remainder > 0n
      ? `9${sized(remainder)}`
      : `7${complement(sized(-remainder))}`;
}

function sized(positive: bigint): string {
  const digits = positive.toString(16);
  return digits.length.toString(16).padStart(3, '0') + digits;
}

function complement(digits: string): string {
  return [...digits].map((digit) => (15 - Number.parseInt(digit, 16)).toString(16)).join('');
}
