import type { FWAction } from './action.ts';
import { SkyrocketError } from './errors.ts';
import { equalUserValues, isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { plus } from './user-numbers.ts';

/**
 * Applies one mapping of operators (`{_push: {key: value}}`, format §5.1) to a spec. Nested keys are written `a->b->c`.
 * Only the given mapping itself is changed: nested lists and mappings are replaced by edited copies, so that what a
 * spec shares with others stays as it is.
 * @throws SkyrocketError BAD_ACTION naming operator and key; the spec may then be half edited.
 */
export function applyModSpec(spec: UserMap, mod: UserMap): void {
  for (const [name, settings] of mod) {
    const operator = operators.get(name);
    if (!operator) {
      const known = [...operators.keys()].join(', ');
      throw new SkyrocketError(
        'BAD_ACTION',
        `mod_spec: ${name} is not an operator; the operators are ${known}`,
      );
    }
    for (const [key, argument] of settingsOf(name, settings)) operator({ spec, name, key, argument });
  }
}

/** The spec after `update_spec` and then `mod_spec` of an action; the given spec stays as it is. @throws as {@link applyModSpec}. */
export function applyActionToSpec(spec: UserMap, action: Pick<FWAction, 'updateSpec' | 'modSpec'>): UserMap {
  const edited: UserMap = new Map([...spec, ...action.updateSpec]);
  for (const mod of action.modSpec) applyModSpec(edited, mod);
  return edited;
}

/** The top-level keys of a spec that a mapping of operators may read or change. */
export function keysTouchedBy(mod: UserMap): Set<string> {
  const keys = new Set<string>();
  for (const [name, settings] of mod) {
    if (!operators.has(name)) continue;
    for (const [key, argument] of settingsOf(name, settings)) {
      keys.add(name === '_rename' ? key : pathOf(key).first);
      if (name === '_rename' && typeof argument === 'string') keys.add(argument);
    }
  }
  return keys;
}

interface Edit {
  spec: UserMap;
  name: string;
  key: string;
  argument: UserValue;
}

const operators: ReadonlyMap<string, (edit: Edit) => void> = new Map([
  ['_set', (edit: Edit) => place(edit).put(edit.argument)],
  ['_unset', unset],
  ['_push', push],
  ['_push_all', pushAll],
  ['_inc', increase],
  ['_rename', rename],
  ['_add_to_set', addToSet],
  ['_pull', (edit: Edit) => pull(edit, [edit.argument])],
  ['_pull_all', (edit: Edit) => pull(edit, argumentList(edit))],
  ['_pop', pop],
]);

function settingsOf(name: string, settings: UserValue): Iterable<[string, UserValue]> {
  if (isUserMap(settings)) return settings;
  // FireWorks only reads the keys of `_unset`, so that a list of them does as well.
  if (name === '_unset' && Array.isArray(settings)) {
    return settings.map((key) => {
      if (typeof key === 'string') return [key, null];
      throw new SkyrocketError('BAD_ACTION', `mod_spec: _unset names a key that is not a text`);
    });
  }
  throw new SkyrocketError('BAD_ACTION', `mod_spec: ${name} needs a mapping of keys to arguments`);
}

function unset(edit: Edit): void {
  const at = place(edit);
  if (at.value === undefined) refuse(edit, 'there is no such key');
  at.remove();
}

function push(edit: Edit): void {
  const at = place(edit);
  at.put([...(listAt(edit, at.value) ?? []), edit.argument]);
}

function pushAll(edit: Edit): void {
  const added = argumentList(edit);
  const at = place(edit);
  at.put([...(listAt(edit, at.value) ?? []), ...added]);
}

function increase(edit: Edit): void {
  const at = place(edit);
  at.put(at.value === undefined ? edit.argument : sum(edit, at.value, edit.argument));
}

function rename(edit: Edit): void {
  const { spec, key, argument } = edit;
  if (typeof argument !== 'string') refuse(edit, 'the new name must be a text');
  const value = spec.get(key);
  if (value === undefined || argument === key) return;
  spec.set(argument, value);
  spec.delete(key);
}

function addToSet(edit: Edit): void {
  const at = place(edit);
  const list = listAt(edit, at.value);
  if (!list) at.put(edit.argument);
  else if (!list.some((item) => equalUserValues(item, edit.argument))) at.put([...list, edit.argument]);
}

function pull(edit: Edit, unwanted: UserValue[]): void {
  const at = place(edit);
  const list = listAt(edit, at.value);
  if (list) at.put(list.filter((item) => !unwanted.some((value) => equalUserValues(item, value))));
}

function pop(edit: Edit): void {
  const at = place(edit);
  const list = listAt(edit, at.value);
  const last = equalUserValues(edit.argument, 1);
  if (!last && !equalUserValues(edit.argument, -1)) return;
  if (!list) refuse(edit, 'there is no such key');
  if (list.length === 0) refuse(edit, 'the list is empty');
  at.put(last ? list.slice(0, -1) : list.slice(1));
}

/** Where a nested key leads, with the mappings on the way copied. */
function place(edit: Edit): { value: UserValue | undefined; put(value: UserValue): void; remove(): void } {
  const { first, rest } = pathOf(edit.key);
  let mapping = edit.spec;
  let key = first;
  for (const next of rest) {
    const inner = mapping.get(key) ?? (mapping.has(key) ? null : new Map());
    if (!isUserMap(inner)) refuse(edit, `${JSON.stringify(key)} holds no mapping`);
    const copy = new Map(inner);
    mapping.set(key, copy);
    mapping = copy;
    key = next;
  }
  return {
    value: mapping.get(key),
    put: (value) => mapping.set(key, value),
    remove: () => mapping.delete(key),
  };
}

function pathOf(key: string): { first: string; rest: string[] } {
  const [first = '', ...rest] = key.split('->');
  return { first, rest };
}

function listAt(edit: Edit, value: UserValue | undefined): UserValue[] | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value : refuse(edit, 'the key holds no list');
}

function argumentList(edit: Edit): UserValue[] {
  return Array.isArray(edit.argument) ? edit.argument : refuse(edit, 'the argument must be a list');
}

/** What `+=` gives in Python: numbers are added (an integer and a float make a float), texts and lists are joined. */
function sum(edit: Edit, a: UserValue, b: UserValue): UserValue {
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  const total = plus(countTruth(a), countTruth(b));
  return total ?? refuse(edit, 'only numbers can be added');
}

/** Truth values count as 0 and 1, as in Python. */
function countTruth(value: UserValue): UserValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

function refuse(edit: Edit, why: string): never {
  throw new SkyrocketError('BAD_ACTION', `mod_spec: ${edit.name} of ${JSON.stringify(edit.key)}: ${why}`);
}
