import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { reasonOf } from '@skyrocket/contract/system-error';
import { parseJson } from '@skyrocket/model/lossless-json';
import { copyUserValue, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { parseYaml } from '@skyrocket/model/yaml';
import type { Firetask } from '../firetask.ts';
import { requiredText, taskFailed } from './parameters.ts';
import { placeIn } from './places.ts';

const task = 'ImportDataTask';

/** Puts the content of a JSON or YAML file at `a/b/c` of the spec; a mapping is merged into the one there: format §11. */
export const importDataTask: Firetask = async (parameters, { launchDir, spec }) => {
  const own = { task, map: parameters };
  const data = await readData(placeIn(launchDir, requiredText(own, 'filename')));
  const mapstring = requiredText(own, 'mapstring');
  const keys = mapstring.split('/');
  const [first = ''] = keys;
  const last = keys.at(-1) ?? '';
  const changed: UserMap = new Map();
  const top = spec.get(first);
  if (top !== undefined) changed.set(first, copyUserValue(top));
  const parent = levelAt(changed, keys.slice(0, -1), mapstring);
  const before = parent.get(last);
  if (!isUserMap(data) || before === undefined) parent.set(last, data);
  else if (isUserMap(before)) for (const [key, value] of data) before.set(key, value);
  else
    throw taskFailed(
      task,
      `"mapstring": ${mapstring} is there and no mapping, so no mapping can be merged into it`,
    );
  return { updateSpec: changed };
};

async function readData(path: string): Promise<UserValue> {
  const extension = extname(path);
  if (extension !== '.json' && extension !== '.yaml')
    throw taskFailed(task, `${path} must be a .json or a .yaml file`);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw taskFailed(task, `${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  return extension === '.json' ? parseJson(text, { source: path }) : parseYaml(text, { source: path });
}

function levelAt(spec: UserMap, keys: string[], mapstring: string): UserMap {
  let level = spec;
  for (const [i, key] of keys.entries()) {
    const below = level.get(key);
    if (!isUserMap(below)) {
      const place = keys.slice(0, i + 1).join('/');
      throw taskFailed(task, `"mapstring" is ${mapstring}, but ${place} is no mapping of the spec`);
    }
    level = below;
  }
  return level;
}
