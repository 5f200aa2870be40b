import { SkyrocketError } from './errors.ts';
import { priorityKey } from './priority.ts';
import { equalUserValues, isUserMap, type UserMap, type UserValue } from './user-data.ts';
import { plus, times } from './user-numbers.ts';

/** One change of one path below `spec`, understood and ready to be applied to any spec. */
export interface PathUpdate {
  /** At least one key; digits reach into lists. */
  path: string[];
  /** The new value of what is there, undefined for nothing. @throws SkyrocketError BAD_USAGE when it does not fit */
  edit(value: UserValue | undefined): UserValue | undefined;
}

/** Assignments as `lpad update_fws -u` takes them: dotted paths below `spec` to values. @throws SkyrocketError BAD_USAGE */
export function readAssignments(set: UserMap): PathUpdate[] {
  return [...set].map(([key, value]) => ({ path: pathOf(key), edit: () => value }));
}

/**
 * A MongoDB update document over a Firework; every path must start with `spec.`.
 * @throws SkyrocketError BAD_USAGE when it cannot be applied to any spec
 */
export function readMongoUpdate(update: UserMap): PathUpdate[] {
  return [...update].flatMap(([name, settings]) => {
    const operator = operators.get(name);
    if (!operator) {
      throw bad(
        `${name} is not an update operator that specs take; they take ${[...operators.keys()].join(', ')}`,
      );
    }
    if (!isUserMap(settings)) throw bad(`${name} needs a mapping of paths to arguments`);
    return [...settings].map(([key, argument]): PathUpdate => {
      const [top, ...path] = pathOf(key);
      if (top !== 'spec' || path.length === 0) {
        throw bad(
          `${name} names ${JSON.stringify(key)}, but only paths that start with "spec." can be updated`,
        );
      }
      return { path, edit: operator(argument, `${name} of ${JSON.stringify(key)}`) };
    });
  });
}

/** A spec after updates; the given one stays as it is. @throws SkyrocketError BAD_USAGE when one does not fit this spec */
export function updatedSpec(spec: UserMap, updates: readonly PathUpdate[]): UserMap {
  let updated: UserValue | undefined = spec;
  for (const { path, edit } of updates) updated = editAt(updated, { path, edit });
  return isUserMap(updated) ? updated : new Map();
}

type Edit = PathUpdate['edit'];

const operators: ReadonlyMap<string, (argument: UserValue, what: string) => Edit> = new Map([
  [
    '$set',
    (argument: UserValue): Edit =>
      () =>
        argument,
  ],
  ['$unset', (): Edit => () => undefined],
  [
    '$inc',
    (by: UserValue, what: string): Edit =>
      number(what, (value) => (value === undefined ? by : plus(value, by))),
  ],
  ['$mul', (by: UserValue, what: string): Edit => number(what, (value) => times(value ?? 0, by))],
  [
    '$min',
    (other: UserValue): Edit =>
      (value) =>
        value !== undefined && priorityKey(value) <= priorityKey(other) ? value : other,
  ],
  [
    '$max',
    (other: UserValue): Edit =>
      (value) =>
        value !== undefined && priorityKey(value) >= priorityKey(other) ? value : other,
  ],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pop', pop],
  ['$pull', pull],
  ['$pullAll', pullAll],
]);

function number(what: string, compute: (value: UserValue | undefined) => UserValue | null): Edit {
  return (value) => {
    const result = compute(value);
    if (result === null || plus(result, 0) === null) throw bad(`${what} needs numbers`);
    return result;
  };
}

function push(argument: UserValue, what: string): Edit {
  const { each, position, slice } = modifiers(argument, what);
  return (value) => {
    const list = listOf(value, what) ?? [];
    const at = position ?? list.length;
    const longer = [...list];
    longer.splice(at < 0 ? Math.max(0, list.length + at) : at, 0, ...each);
    if (slice === undefined) return longer;
    return slice < 0 ? longer.slice(slice) : longer.slice(0, slice);
  };
}

function addToSet(argument: UserValue, what: string): Edit {
  const { each } = modifiers(argument, what);
  return (value) => {
    const list = [...(listOf(value, what) ?? [])];
    for (const item of each) if (!list.some((known) => equalUserValues(known, item))) list.push(item);
    return list;
  };
}

function pop(argument: UserValue, what: string): Edit {
  const last = equalUserValues(argument, 1);
  if (!last && !equalUserValues(argument, -1)) throw bad(`${what} needs 1 or -1`);
  return (value) => (last ? listOf(value, what)?.slice(0, -1) : listOf(value, what)?.slice(1));
}

function pull(condition: UserValue, what: string): Edit {
  const unwanted = matcher(condition, what);
  return (value) => listOf(value, what)?.filter((item) => !unwanted(item));
}

function pullAll(argument: UserValue, what: string): Edit {
  if (!Array.isArray(argument)) throw bad(`${what} needs a list`);
  return (value) =>
    listOf(value, what)?.filter((item) => !argument.some((unwanted) => equalUserValues(item, unwanted)));
}

/** What `$pull` removes: equal values, values in `$in`, and mappings that hold the members of a given one. */
function matcher(condition: UserValue, what: string): (item: UserValue) => boolean {
  if (!isUserMap(condition)) return (item) => equalUserValues(item, condition);
  const chosen = condition.get('$in');
  if (condition.size === 1 && Array.isArray(chosen)) {
    return (item) => chosen.some((value) => equalUserValues(item, value));
  }
  const operator = [...condition.keys()].find((key) => key.startsWith('$'));
  if (operator !== undefined) throw bad(`${what} takes values, members and $in, not ${operator}`);
  return (item) =>
    isUserMap(item) &&
    [...condition].every(([key, value]) => item.has(key) && equalUserValues(item.get(key) ?? null, value));
}

function modifiers(
  argument: UserValue,
  what: string,
): { each: UserValue[]; position?: number; slice?: number } {
  if (!isUserMap(argument) || !argument.has('$each')) return { each: [argument] };
  const { $each, ...others } = Object.fromEntries(argument);
  if (!Array.isArray($each)) throw bad(`${what}: $each needs a list`);
  const result: { each: UserValue[]; position?: number; slice?: number } = { each: $each };
  for (const [name, value] of Object.entries(others)) {
    if (
      (name !== '$position' && name !== '$slice') ||
      typeof value !== 'number' ||
      !Number.isInteger(value)
    ) {
      throw bad(`${what}: only $each, and $position and $slice with integers, can be used`);
    }
    if (name === '$position') result.position = value;
    else result.slice = value;
  }
  return result;
}

function listOf(value: UserValue | undefined, what: string): UserValue[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw bad(`${what} needs a list, and there is none`);
}

/** The value with one place inside it edited; what is on the way there is copied. */
function editAt(value: UserValue | undefined, { path, edit }: PathUpdate): UserValue | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return edit(value);
  const inside = (item: UserValue | undefined) => editAt(item, { path: rest, edit });
  if (isUserMap(value)) {
    const copy = new Map(value);
    const edited = inside(value.get(key));
    if (edited === undefined) copy.delete(key);
    else copy.set(key, edited);
    return copy;
  }
  if (Array.isArray(value) && /^\d+$/.test(key)) return editItem(value, Number(key), inside);
  const edited = inside(undefined);
  if (edited === undefined) return value;
  if (value === undefined) return new Map([[key, edited]]);
  const kind = Array.isArray(value) ? 'a list, which takes numbers' : 'neither a mapping nor a list';
  throw bad(`the path leads to ${JSON.stringify(key)} inside ${kind}`);
}

/** How far beyond its end a list may be extended by naming an index; what lies between becomes null, as in MongoDB. */
const longestGap = 1000;

function editItem(
  list: UserValue[],
  index: number,
  inside: (item: UserValue | undefined) => UserValue | undefined,
): UserValue {
  const edited = inside(list[index]);
  if (edited === undefined && index >= list.length) return list;
  if (index > list.length + longestGap) throw bad(`the index ${index} is far beyond the end of its list`);
  const copy = [...list];
  while (copy.length < index) copy.push(null);
  copy[index] = edited ?? null;
  return copy;
}

function pathOf(key: string): string[] {
  const path = key.split('.');
  const wrong = path.find((part) => part === '' || part.startsWith('$'));
  if (wrong !== undefined) throw bad(`the path ${JSON.stringify(key)} has a part that names no key`);
  return path;
}

function bad(what: string): SkyrocketError {
  return new SkyrocketError('BAD_USAGE', `the update cannot be made: ${what}`);
}
