import type { Change, FireworkChange } from '@skyrocket/model/change';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { UserMap } from '@skyrocket/model/user-data';
import type { RememberedStart } from './claim-memory.ts';
import type { WorkflowStructure } from './workflow-structure.ts';

/**
 * What need not be read when a Launch is reported that this process started a moment ago, and all around its Firework is
 * known: that the Firework is RUNNING with that Launch, and that its children wait. Each write that is based on it is
 * conditional on just that.
 * @returns documents as a NeighbourhoodLoader reads them, the children sharing one; null where more must be known
 */
export function sketchedDocuments(
  { states, children, parents }: WorkflowStructure,
  { firework, launch }: RememberedStart,
): Map<FwId, UserMap> | null {
  const { fwId: id, name, archivedLaunches } = firework;
  const heirs = children.get(id);
  const isPlain = (heir: FwId) =>
    states.get(heir) === 'WAITING' &&
    children.has(heir) &&
    parents.get(heir)?.every((parent) => states.has(parent) && states.get(parent) !== 'FIZZLED') === true;
  const isKnown = parents.get(id)?.every((parent) => states.has(parent)) === true;
  if (!heirs || !isKnown || states.get(id) !== 'RUNNING' || !heirs.every(isPlain)) return null;
  const running = {
    name,
    state: 'RUNNING',
    launches: [launch.launchId],
    archived_launches: archivedLaunches,
  };
  const waiting = sketch({ name: '', state: 'WAITING', launches: [], archived_launches: [] });
  return new Map([[id, sketch(running)], ...heirs.map((heir) => [heir, waiting] as const)]);
}

const sketch = (members: Record<string, string | number[]>): UserMap => new Map(Object.entries(members));

/** What of a decision was not read. */
interface Unread {
  remembered: ReadonlySet<LaunchId>;
  sketched: ReadonlyMap<FwId, LaunchId[]>;
}

/**
 * Whether what was not read is put to the proof by the writes of the change: all Launches that are remembered are written;
 * and a sketch is enough for no more than that Fireworks are COMPLETED, and children READY.
 */
export function isFounded({ remembered, sketched: taken }: Unread, change: Change): boolean {
  if (![...remembered].every((id) => change.launches.has(id))) return false;
  if (taken.size === 0) return true;
  const { added, links, fireworks } = change;
  const isState = ({ state, ...more }: FireworkChange) =>
    (state === 'COMPLETED' || state === 'READY') && Object.keys(more).length === 0;
  const isMore = added.length > 0 || links.length > 0;
  return !isMore && fireworks.size > 0 && [...fireworks.values()].every(isState);
}
