import { dirname } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { UserMap } from '@skyrocket/model/user-data';
import { fullPath, isFile, type Surroundings } from './config-search.ts';
import { readSettingsFile } from './settings-file.ts';

/** my_qadapter.yaml as it stands: what its keys mean is known to `queue`. */
export interface QueueAdapterFile {
  path: string;
  settings: UserMap;
  /** The error that says where a key stands and what is wrong with it. */
  fault(key: string, sentence: string): SkyrocketError;
  /** A path in the file: relative ones are sought in the current directory, as FireWorks does, then beside the file. */
  fullPath(text: string): string;
}

/** @throws SkyrocketError BAD_CONFIGURATION */
export async function readQueueAdapterFile(
  path: string,
  surroundings: Surroundings,
): Promise<QueueAdapterFile> {
  const file = await readSettingsFile(path);
  return {
    path,
    settings: file.all(),
    fault: (key, sentence) => file.fault(key, sentence),
    fullPath(text) {
      const here = fullPath(text, surroundings);
      return isFile(here) ? here : fullPath(text, surroundings, dirname(path));
    },
  };
}

/** That there is none. */
export function noQueueAdapterFile(): SkyrocketError {
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    'no my_qadapter.yaml was found, in which the batch system and its jobs are described: write one, or name it with -q',
  );
}
