import { createHash } from 'node:crypto';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { priorityKey } from '@skyrocket/model/priority';
import { isTruthy, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Connection } from './connection.ts';

/** What is kept of a spec in columns, for claims and decisions. */
export interface SpecColumns {
  text: string;
  lane: number;
  priority: string;
  allowFizzledParents: number;
  knowsFizzledParents: number;
  /** The same for Fireworks with a duplicate finder and equal specs; null without one. */
  duplicateKey: string | null;
}

export function specColumns(database: Connection, spec: UserMap): SpecColumns {
  const text = stringifyJson(spec);
  return {
    text,
    lane: laneOf(database, spec),
    priority: priorityKey(spec.get('_priority')),
    allowFizzledParents: isTruthy(spec.get('_allow_fizzled_parents')) ? 1 : 0,
    knowsFizzledParents: spec.has('_fizzled_parents') ? 1 : 0,
    duplicateKey: spec.has('_dupefinder') ? createHash('sha256').update(text).digest('hex') : null,
  };
}

/** The lane of a spec; it is made when it is the first of its kind. */
function laneOf(database: Connection, spec: UserMap): number {
  const key = [
    laneText(spec.get('_category')),
    laneText(spec.get('_fworker')),
    JSON.stringify(taskClasses(spec)),
  ] as const;
  const found = database.get<{ lane: number }>(
    'SELECT lane FROM lanes WHERE category = ? AND fworker = ? AND tasks = ?',
    ...key,
  );
  if (found) return found.lane;
  const made = database.get<{ lane: number }>(
    'INSERT INTO lanes (category, fworker, tasks) VALUES (?, ?, ?) RETURNING lane',
    ...key,
  );
  if (!made) throw new Error('a lane was not stored');
  return made.lane;
}

/** Lossless JSON, or nothing where the spec has no such key (which is not the same as null). */
function laneText(value: UserValue | undefined): string {
  return value === undefined ? '' : stringifyJson(value);
}

/** The classes of a Firework's tasks, each once, in alphabetical order. */
export function taskClasses(spec: UserMap): string[] {
  const tasks = spec.get('_tasks');
  const names = (Array.isArray(tasks) ? tasks : [tasks ?? null]).flatMap((task) => {
    const name = isUserMap(task) ? task.get('_fw_name') : undefined;
    return typeof name === 'string' ? [name] : [];
  });
  return [...new Set(names)].sort();
}
