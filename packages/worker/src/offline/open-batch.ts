import { join } from 'node:path';
import type { Log } from '@skyrocket/contract/log';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import type { WorkerLaunchPad } from '../worker-options.ts';
import { findOfflineFolders, type OfflineFolder, readOfflineFolder } from './offline-folder.ts';
import { offlineLaunchPad } from './offline-launchpad.ts';

/** Where the journal of a worker without a launchpad is: beside its Launches, so that `recover_offline` finds it. */
export const offlineSpool = (directory: string): string => join(directory, '.skyrocket');

/** The Launch in this directory, as a launchpad. @throws SkyrocketError BAD_FILE, NOT_FOUND naming the file */
export const openOfflineLaunch = (directory: string): WorkerLaunchPad =>
  offlineLaunchPad([readOfflineFolder(directory)]);

/**
 * The Launches in the directories right below this one, as a launchpad. A directory that cannot be read is told and left out.
 * @throws SkyrocketError NOT_FOUND when there is none
 */
export function openOfflineBatch(directory: string, log: Log): WorkerLaunchPad {
  const folders = findOfflineFolders(directory).flatMap((dir) => readUnlessFaulty(dir, log) ?? []);
  if (folders.length > 0) return offlineLaunchPad(folders);
  throw new SkyrocketError(
    'NOT_FOUND',
    `no directory right below ${directory} holds an offline Launch: submit the job with "qlaunch -r"`,
  );
}

function readUnlessFaulty(dir: string, log: Log): OfflineFolder | null {
  try {
    return readOfflineFolder(dir);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    log.error(`${dir} is left out: ${error.message}`);
    return null;
  }
}
