import type { Change, FireworkChange } from '@skyrocket/model/change';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import type { UserMap } from '@skyrocket/model/user-data';
import type { RememberedStart } from './claim-memory.ts';
import type { WorkflowStructure } from './workflow-structure.ts';

/**
 * What need not be read when one Launch is reported that this process started a moment ago, and all around its Firework was
 * read with the lock: that the Firework is RUNNING with that Launch, and that its children wait. Each write that is
 * based on it is conditional on just that.
 * @returns documents as a NeighbourhoodLoader reads them; null where more must be known
 */
export function sketchedDocuments(
  { states, children, parents }: WorkflowStructure,
  { firework, launch }: RememberedStart,
): UserMap[] | null {
  const { fwId: id, name, archivedLaunches } = firework;
  const heirs = children.get(id);
  const knows = (one: FwId) => parents.get(one)?.every((parent) => states.has(parent)) === true;
  if (!heirs || !knows(id) || states.get(id) !== 'RUNNING') return null;
  const isPlain = (heir: FwId) =>
    states.get(heir) === 'WAITING' &&
    children.has(heir) &&
    knows(heir) &&
    !parents.get(heir)?.some((parent) => states.get(parent) === 'FIZZLED');
  if (!heirs.every(isPlain)) return null;
  return [
    sketched(id, {
      name,
      state: 'RUNNING',
      launches: [launch.launchId],
      archived_launches: archivedLaunches,
    }),
    ...heirs.map((heir) =>
      sketched(heir, { name: '', state: 'WAITING', launches: [], archived_launches: [] }),
    ),
  ];
}

const sketched = (id: FwId, members: Record<string, string | number[]>): UserMap =>
  new Map(Object.entries({ fw_id: Number(id), ...members }));

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
