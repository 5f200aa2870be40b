import { writeFile } from 'node:fs/promises';
import { reasonOf } from '@skyrocket/contract/system-error';
import { isUserMap } from '@skyrocket/model/user-data';
import type { Firetask } from '../firetask.ts';
import { optionalText, requiredList, requiredText, taskFailed, wrongKind } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'FileWriteTask';

/** Writes texts into files: format §11. All parameters are read before the first file is written. */
export const fileWriteTask: Firetask = async (parameters, context) => {
  const own = { task, map: parameters };
  const directory = optionalText(own, 'dest');
  const files = requiredList(own, 'files_to_write').map((file, i) => {
    if (!isUserMap(file)) throw wrongKind(own, `files_to_write[${i}]`, 'a mapping', file);
    const members = { task, map: file };
    return {
      path: placeIn(context.launchDir, directory, requiredText(members, 'filename')),
      contents: requiredText(members, 'contents'),
    };
  });
  for (const { path, contents } of files) {
    await writeFile(path, contents, { signal: context.signal }).catch((error: unknown) => {
      throw taskFailed(task, `${path} cannot be written: ${reasonOf(error)}`, { cause: error });
    });
  }
  return null;
};
