import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { checkpointFromDocument } from '@skyrocket/model/launch-document';
import type { Checkpoint } from '@skyrocket/model/records';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** What `lpad rerun_fws --task-level` has left in the spec (`_recovery`: format §4). */
export interface Recovery {
  /** Where the earlier Launch was when it failed; its task is the first one to run. */
  checkpoint: Checkpoint;
  /** The earlier launch directory, when its files are to be copied. */
  copyFrom: string | null;
}

export function recoveryOf(spec: UserMap): Recovery | null {
  const recovery = spec.get('_recovery');
  if (!isUserMap(recovery) || recovery.size === 0) return null;
  const directory = recovery.get('_prev_dir');
  const copies = recovery.get('_mode') === 'cp' && typeof directory === 'string';
  return { checkpoint: checkpointFromDocument(recovery), copyFrom: copies ? directory : null };
}

/** Copies the files of the earlier launch directory over. @throws SkyrocketError TASK_FAILED */
export async function copyEarlierFiles({ copyFrom }: Recovery, launchDir: string): Promise<void> {
  if (copyFrom === null || resolve(copyFrom) === resolve(launchDir)) return;
  try {
    await cp(copyFrom, launchDir, { recursive: true, verbatimSymlinks: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SkyrocketError(
      'TASK_FAILED',
      `_recovery: the files of ${copyFrom} cannot be copied to ${launchDir}: ${reason}`,
      { cause: error },
    );
  }
}
