import type { LaunchId } from '../ids.ts';
import { checkpointToDocument } from '../launch-document.ts';
import type { Checkpoint } from '../records.ts';
import { isUserMap, type UserMap, type UserValue } from '../user-data.ts';
import type { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';

/** How Fireworks resume at the task that failed. */
export interface Recovery {
  /** One of each Firework; absent: the last active one of each. */
  launchIds?: LaunchId[];
  /** What becomes of the files of the earlier Launch. */
  files: 'none' | 'copy' | 'previous-directory';
}

export const recoveryKey = '_recovery';

const modes = { none: null, copy: 'cp', 'previous-directory': 'prev_dir' } as const;

/**
 * Sets `spec._recovery` (format §4), and `spec._launch_dir` where the Firework is to run in the earlier directory.
 * Returns what stands in the way, null when nothing does.
 */
export function recover(draft: Draft, firework: FireworkDraft, recovery: Recovery): string | null {
  const launchId = launchToRecover(firework, recovery.launchIds);
  if (launchId === undefined) {
    return recovery.launchIds
      ? 'none of the Launches named is an active one of it'
      : 'it has no active Launch to resume from';
  }
  const whole = draft.given.documents.get(firework.fwId);
  if (!whole) {
    draft.needed.documents.add(firework.fwId);
    return null;
  }
  const launch = whole.launches.find((candidate) => candidate.launchId === launchId);
  const checkpoint = launch?.history.at(-1)?.checkpoint;
  if (!launch || !checkpoint) return `Launch ${launchId} left no checkpoint to resume from`;
  const entries: UserMap = new Map();
  if (recovery.files === 'previous-directory') entries.set('_launch_dir', launch.launchDir);
  entries.set(recoveryKey, recoveryDocument(checkpoint, { launchId, launchDir: launch.launchDir, recovery }));
  firework.spec = firework.spec.assign(entries);
  return null;
}

/** Removes `spec._recovery`, and the `spec._launch_dir` that came with it. Nothing stands in the way of that. */
export function dropRecovery(draft: Draft, firework: FireworkDraft): null {
  const stored = draft.storedSpec(firework);
  const recovery = stored ? firework.spec.get(stored, recoveryKey) : undefined;
  if (!stored || recovery === undefined) return null;
  firework.spec = firework.spec.remove(recoveryKey);
  const cameWithIt = isUserMap(recovery) && recovery.get('_mode') === modes['previous-directory'];
  if (cameWithIt && firework.spec.get(stored, '_launch_dir') === recovery.get('_prev_dir')) {
    firework.spec = firework.spec.remove('_launch_dir');
  }
  return null;
}

function launchToRecover(firework: FireworkDraft, named: LaunchId[] | undefined): LaunchId | undefined {
  return named ? firework.launches.find((launch) => named.includes(launch)) : firework.launches.at(-1);
}

function recoveryDocument(
  checkpoint: Checkpoint,
  launch: { launchId: LaunchId; launchDir: string; recovery: Recovery },
): UserMap {
  return new Map<string, UserValue>([
    ...checkpointToDocument(checkpoint),
    ['_prev_dir', launch.launchDir],
    ['_launch_id', launch.launchId],
    ['_mode', modes[launch.recovery.files]],
  ]);
}
