import { unlink } from 'node:fs/promises';
import { reasonOf } from '@skyrocket/contract/system-error';
import type { Firetask } from '../firetask.ts';
import { asText, flag, optionalText, requiredList, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'FileDeleteTask';

/** Deletes files, never directories; of a link the link: format §11. */
export const fileDeleteTask: Firetask = async (parameters, context) => {
  const own = { task, map: parameters };
  const directory = optionalText(own, 'dest');
  const ignoresErrors = flag(own, 'ignore_errors', true);
  const names = requiredList(own, 'files_to_delete').map((name) => asText(own, 'files_to_delete', name));
  for (const name of names) {
    const path = placeIn(context.launchDir, directory, name);
    try {
      await unlink(path);
    } catch (error) {
      if (!ignoresErrors)
        throw taskFailed(task, `${path} cannot be deleted: ${reasonOf(error)}`, { cause: error });
    }
  }
  return null;
};
