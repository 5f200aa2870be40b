import type { FWAction } from './action.ts';
import type { UserMap } from './user-data.ts';

/**
 * Applies one mapping of operators (`{_push: {key: value}}`, format §5.1) to a spec, in place. Nested keys are written
 * `a->b->c`. Values that are put in are copies.
 * @throws SkyrocketError BAD_ACTION naming operator and key; the spec may then be half edited.
 */
export function applyModSpec(_spec: UserMap, _mod: UserMap): void {
  throw new Error('not built yet');
}

/** The spec after `update_spec` and then `mod_spec` of an action; the given spec stays as it is. @throws as {@link applyModSpec}. */
export function applyActionToSpec(
  _spec: UserMap,
  _action: Pick<FWAction, 'updateSpec' | 'modSpec'>,
): UserMap {
  throw new Error('not built yet');
}
