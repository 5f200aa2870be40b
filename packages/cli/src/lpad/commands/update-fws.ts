import { isSkyrocketError } from '@skyrocket/model/errors';
import { parseJson } from '@skyrocket/model/lossless-json';
import { parsePythonLiteral } from '@skyrocket/model/python-literal';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { flag, text } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import { changeFireworks, changeOptions } from '../change-fireworks.ts';
import type { LpadCommand } from '../context.ts';

const update = text(
  '-u --update',
  'UPDATE',
  'a mapping of paths in the spec to new values, in JSON: {"_tasks.0.script": "echo hi"}',
);
const mongo = flag(
  '--mongo',
  'the update is a MongoDB update document, used as it is: {"$inc": {"spec.n": 1}}',
);

export const command: LpadCommand = {
  options: [...changeOptions, update, mongo],
  run(line, context) {
    const given = readUpdate(line.value(update));
    const set: UserMap = line.value(mongo) ? new Map() : given;
    return changeFireworks(line, context, {
      doing: 'updating',
      decide: (launchpad, request) =>
        launchpad.updateSpecs({ ...request, set, ...(line.value(mongo) && { update: given }) }),
    });
  },
};

function readUpdate(given: string | null): UserMap {
  if (given === null)
    throw usageError('what is to be changed? give -u/--update, for example -u \'{"n": 1}\'');
  const value = readLiteral(given);
  if (isUserMap(value) && value.size > 0) return value;
  throw usageError(
    '-u/--update: a mapping of paths to values is expected, such as {"_tasks.0.script": "echo hi"}',
  );
}

/** JSON, or the Python literal that users of FireWorks type. */
function readLiteral(given: string): UserValue {
  try {
    return parseJson(given);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
  }
  try {
    return parsePythonLiteral(given);
  } catch (error) {
    if (!isSkyrocketError(error)) throw error;
    throw usageError(`-u/--update is neither JSON nor a Python literal (${error.message})`);
  }
}
