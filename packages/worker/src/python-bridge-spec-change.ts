import { stringifyJson } from '@skyrocket/model/lossless-json';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';

/**
 * How the process of a Firework brings its running spec up to date: first `adopt` keys from what the last task returned as
 * `update_spec` (the live objects, as FireWorks does), then drop `unset` keys, then assign `set` ones.
 */
export interface RunningSpecChange {
  adopt: string[];
  unset: string[];
  set: UserMap;
}

export interface SpecKnowledge {
  /** The running spec that the process was told of. What its tasks changed in place is theirs. */
  known: UserMap;
  /** `update_spec` of the task that it ran last. */
  lastUpdate: UserMap;
}

export function runningSpecChange({ known, lastUpdate }: SpecKnowledge, wanted: UserMap): RunningSpecChange {
  const change: RunningSpecChange = { adopt: [], unset: [], set: new Map() };
  for (const key of known.keys()) if (!wanted.has(key)) change.unset.push(key);
  for (const [key, value] of wanted) {
    // A key that a task returned is adopted even when its document is what it was: the object may be another.
    if (isSame(lastUpdate.get(key), value)) change.adopt.push(key);
    else if (!isSame(known.get(key), value)) change.set.set(key, value);
  }
  return change;
}

/** The same for Python: 1 and 1.0 are not. */
function isSame(a: UserValue | undefined, b: UserValue): boolean {
  return a !== undefined && (a === b || stringifyJson(a) === stringifyJson(b));
}
