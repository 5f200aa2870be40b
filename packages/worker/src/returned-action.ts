import type { FWAction } from '@skyrocket/model/action';
import { emptyAction } from '@skyrocket/model/action';
import { actionFromDocument, actionToDocument } from '@skyrocket/model/action-document';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { nearMiss } from '@skyrocket/model/near-miss';
import { isUserMap, type UserValue } from '@skyrocket/model/user-data';

/** Which keys beside those of an FWAction are refused. */
export type UnknownKeys = 'refused' | 'allowed unless misspelt';

const actionKeys: readonly string[] = [...actionToDocument(emptyAction()).keys()];

/**
 * The action that a task returned or wrote, in the words of format §5.
 * @throws SkyrocketError BAD_ACTION naming the source and the key
 */
export function readReturnedAction(document: UserValue, source: string, unknownKeys: UnknownKeys): FWAction {
  if (isUserMap(document)) checkKeys([...document.keys()], source, unknownKeys);
  try {
    return actionFromDocument(document);
  } catch (error) {
    if (isSkyrocketError(error))
      throw new SkyrocketError('BAD_ACTION', `${source}: ${error.message}`, { cause: error });
    throw error;
  }
}

function checkKeys(keys: string[], source: string, unknownKeys: UnknownKeys): void {
  const absent = actionKeys.filter((key) => !keys.includes(key));
  for (const key of keys) {
    if (actionKeys.includes(key)) continue;
    const meant = nearMiss(key, absent);
    if (meant !== null)
      throw new SkyrocketError('BAD_ACTION', `${source}: the key "${key}" should probably be "${meant}"`);
    if (unknownKeys === 'refused')
      throw new SkyrocketError(
        'BAD_ACTION',
        `${source}: the key "${key}" is none of an FWAction (${actionKeys.join(', ')})`,
      );
  }
}
