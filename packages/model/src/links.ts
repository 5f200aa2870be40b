import type { FwId } from './ids.ts';

/** Parent to children. A Firework without children may have no entry. */
export type Links = ReadonlyMap<FwId, readonly FwId[]>;

/** The Fireworks of one cycle, each linked to the next and the last to the first; null when there is none. */
export function findCycle(links: Links): FwId[] | null {
  const done = new Set<FwId>();
  for (const start of links.keys()) {
    const cycle = done.has(start) ? null : findCycleFrom(start, links, done);
    if (cycle) return cycle;
  }
  return null;
}

/** Each Firework that has parents, with them. */
export function parentsOf(links: Links): Map<FwId, FwId[]> {
  const parents = new Map<FwId, FwId[]>();
  for (const [parent, children] of links) {
    for (const child of children) {
      const known = parents.get(child);
      if (known) known.push(parent);
      else parents.set(child, [parent]);
    }
  }
  return parents;
}

/** Depth first with a stack of our own: a chain of 50,000 Fireworks is deeper than the engine's. */
function findCycleFrom(start: FwId, links: Links, done: Set<FwId>): FwId[] | null {
  const path: FwId[] = [start];
  const onPath = new Map<FwId, number>([[start, 0]]);
  const pending = [childrenIterator(start, links)];
  for (;;) {
    const iterator = pending.at(-1);
    if (!iterator) return null;
    const { value: child, done: exhausted } = iterator.next();
    if (exhausted) {
      pending.pop();
      const left = path.pop();
      if (left !== undefined) {
        onPath.delete(left);
        done.add(left);
      }
    } else if (onPath.has(child)) {
      return path.slice(onPath.get(child));
    } else if (!done.has(child)) {
      onPath.set(child, path.length);
      path.push(child);
      pending.push(childrenIterator(child, links));
    }
  }
}

function childrenIterator(fwId: FwId, links: Links): Iterator<FwId, undefined> {
  return (links.get(fwId) ?? []).values();
}
