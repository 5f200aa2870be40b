import type { FireworkChange, LaunchChange } from './change.ts';
import type { FireworkRecord, HistoryEntry, LaunchRecord } from './records.ts';
import type { Timestamp } from './timestamp.ts';
import type { UserMap, UserValue } from './user-data.ts';

/** A Firework after a change that was made at `now`; the given one stays as it is. */
export function changedFirework(
  firework: FireworkRecord,
  change: FireworkChange,
  now: Timestamp,
): FireworkRecord {
  return {
    ...firework,
    state: change.state ?? firework.state,
    spec: change.spec ? changedSpec(firework.spec, change.spec) : firework.spec,
    launches: change.launches ?? firework.launches,
    archivedLaunches: change.archivedLaunches ?? firework.archivedLaunches,
    updatedOn: now,
  };
}

/** A spec after a change; the given one stays as it is. */
export function changedSpec(
  spec: UserMap,
  change: { set: ReadonlyMap<string, UserValue>; unset: Iterable<string> },
): UserMap {
  const changed: UserMap = new Map(spec);
  for (const key of change.unset) changed.delete(key);
  for (const [key, value] of change.set) changed.set(key, value);
  return changed;
}

/** A Launch after a change; the given one stays as it is. */
export function changedLaunch(launch: LaunchRecord, change: LaunchChange): LaunchRecord {
  return {
    ...launch,
    state: change.state ?? launch.state,
    action: change.action === undefined ? launch.action : change.action,
    trackers: change.trackers ?? launch.trackers,
    launchDir: change.launchDir ?? launch.launchDir,
    history: changedHistory(launch.history, change),
  };
}

/** A Launch's history after a change (format §2.3). */
export function changedHistory(
  history: HistoryEntry[],
  { ping, began, entry }: Pick<LaunchChange, 'ping' | 'began' | 'entry'>,
): HistoryEntry[] {
  const changed = [...history];
  const last = changed.at(-1);
  if (ping && last) changed.splice(-1, 1, { ...last, ...ping });
  if (began) changed.push(began);
  if (entry) changed.push(withCheckpoint(entry, changed.at(-1)));
  return changed;
}

function withCheckpoint(entry: HistoryEntry, before: HistoryEntry | undefined): HistoryEntry {
  if (entry.state === 'COMPLETED' || entry.checkpoint || !before?.checkpoint) return entry;
  return { ...entry, checkpoint: before.checkpoint };
}
