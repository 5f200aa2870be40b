import type { FwId } from './ids.ts';

/** Parent to children. A Firework without children may have no entry. */
export type Links = ReadonlyMap<FwId, readonly FwId[]>;

/** The Fireworks of one cycle, in order, its first one not repeated at the end; null when there is none. */
export function findCycle(_links: Links): FwId[] | null {
  throw new Error('not built yet');
}
