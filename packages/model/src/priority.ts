import type { UserValue } from './user-data.ts';

/**
 * A text that sorts as MongoDB sorts values of `_priority` (any type; undefined where there is none), by code units or
 * bytes alike: Fireworks are claimed in descending order of it.
 */
export function priorityKey(_priority: UserValue | undefined): string {
  throw new Error('not built yet');
}
