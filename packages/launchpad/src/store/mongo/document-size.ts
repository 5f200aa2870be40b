import { SkyrocketError } from '@skyrocket/model/errors';
import { Int32, ObjectId } from 'mongodb';

/** A document of MongoDB has 16 MiB at most. */
export const documentLimit = 16 * 1024 * 1024;

/** What FireWorks adds to a document when it goes on. */
const room = 64 * 1024;

/** Whether a document of so many bytes can be kept, and go on. */
export const hasRoom = (size: number): boolean => size < documentLimit - room;

/** @throws TOO_LARGE naming the size and the largest key, when MongoDB could not keep a document */
export function assertFits(document: Map<string, unknown>, what: string): void {
  if (surelyFits(document, 0)) return;
  const size = sizeOf(document);
  if (hasRoom(size)) return;
  throw new SkyrocketError(
    'TOO_LARGE',
    `${what} has ${size} bytes, and a document of MongoDB 16777216 at most: ${largestKey(document)} is the largest part, keep it in a file and name that instead; nothing was stored`,
  );
}

/**
 * Whether a document with these values can surely be stored, told by a look that is much cheaper than making it.
 * @param more bytes that its other members take at most
 */
export function surelyFits(values: unknown, more: number): boolean {
  return budgetAfter(values, documentLimit / 4 - more) >= 0;
}

/** About how large values are, told by a look that is much cheaper than making them; what is larger than `most` is more than that. */
export function roughSize(values: unknown, most: number): number {
  return most - budgetAfter(values, most);
}

/** @throws TOO_LARGE naming size and largest key, when a stored document would become too large */
export function assertGrowth(size: number, more: Map<string, unknown>, what: string): void {
  const grown = size + sizeOf(more);
  if (hasRoom(grown)) return;
  throw new SkyrocketError(
    'TOO_LARGE',
    `${what} would have ${grown} bytes, and a document of MongoDB 16777216 at most: ${largestKey(more)} is the largest part that is added, keep it in a file and name that instead; nothing was changed`,
  );
}

/** The bytes of a document in BSON; the driver's own measure fails beyond 17 MB. */
export function sizeOf(document: Map<string, unknown>): number {
  let size = 5;
  for (const [key, value] of document) size += 2 + Buffer.byteLength(key) + sizeOfValue(value);
  return size;
}

function sizeOfValue(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (value instanceof Map) return sizeOf(value);
  if (Array.isArray(value)) {
    return value.reduce<number>((size, item, at) => size + 2 + String(at).length + sizeOfValue(item), 5);
  }
  if (typeof value === 'boolean') return 1;
  if (value === null || value === undefined) return 0;
  if (value instanceof ObjectId) return 12;
  return value instanceof Int32 ? 4 : 8;
}

/** Counts characters and members until there are too many. Integers that may have more than 64 bits are too many at once. */
function budgetAfter(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - value.length - 16;
  if (typeof value === 'bigint') return -1;
  let left = budget - 16;
  if (value instanceof Map) {
    for (const [key, item] of value) {
      left = budgetAfter(item, left - String(key).length);
      if (left < 0) return left;
    }
  } else if (Array.isArray(value)) {
    for (const item of value) {
      left = budgetAfter(item, left);
      if (left < 0) return left;
    }
  }
  return left;
}

/** The path to the largest member, one step into a spec: that is where users look. */
function largestKey(document: Map<string, unknown>): string {
  let path = '';
  let inside: unknown = document;
  for (let depth = 0; depth < 2 && inside instanceof Map; depth++) {
    let largest: { key: string; item: unknown; size: number } | null = null;
    for (const [key, item] of inside) {
      const size = sizeOf(new Map([[String(key), item]]));
      if (!largest || size > largest.size) largest = { key: String(key), item, size };
    }
    if (!largest) break;
    path = path === '' ? largest.key : `${path}.${largest.key}`;
    inside = largest.item;
    if (path !== 'spec' && path !== 'metadata') break;
  }
  return path;
}
