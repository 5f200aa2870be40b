import { SkyrocketError } from '@skyrocket/model/errors';
import { BSON } from 'mongodb';
import { documentLimit } from './action-files.ts';

/** What FireWorks adds to a document when it goes on. */
const room = 64 * 1024;

/** @throws TOO_LARGE naming the size and the largest key, when MongoDB could not keep a document */
export function assertFits(document: Map<string, unknown>, what: string): void {
  if (!mayBeLarge(document, documentLimit / 4)) return;
  const size = sizeOf(document);
  if (size < documentLimit - room) return;
  throw new SkyrocketError(
    'TOO_LARGE',
    `${what} has ${size} bytes, and a document of MongoDB 16777216 at most: ${largestKey(document)} is the largest part, keep it in a file and name that instead; nothing was stored`,
  );
}

export function sizeOf(document: Map<string, unknown>): number {
  return BSON.serialize(document).length;
}

/** Whether it is worth the time to measure exactly: counts characters and members until there are too many. */
function mayBeLarge(value: unknown, limit: number): boolean {
  return budgetAfter(value, limit) < 0;
}

function budgetAfter(value: unknown, budget: number): number {
  if (typeof value === 'string') return budget - value.length - 16;
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
