import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { FireworkRecord } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { Timestamp } from '@skyrocket/model/timestamp';
import type { UserMap } from '@skyrocket/model/user-data';
import { fromColumn } from './column-text.ts';
import { readMap } from './launch-columns.ts';

/** A row of `fireworks`, whole. */
export interface FireworkRow {
  fw_id: FwId;
  workflow: number;
  name: string;
  state: State;
  launches: string;
  archived_launches: string;
  created_on: Timestamp;
  updated_on: Timestamp;
  lane: number;
  priority: string;
  allow_fizzled_parents: number;
  knows_fizzled_parents: number;
  duplicate_key: string | null;
  parents: number;
  parents_completed: number;
  parents_fizzled: number;
  children: number;
}

/** What decisions look at, and what their changes are written by. */
export type NodeRow = Omit<FireworkRow, 'created_on' | 'updated_on' | 'priority' | 'duplicate_key'> & {
  /** Whether it has a `duplicate_key`. */
  dupefinder: number;
};

/** To be followed by a WHERE. */
export const selectNodes = `
SELECT fw_id, workflow, name, state, launches, archived_launches, lane, allow_fizzled_parents, knows_fizzled_parents,
  duplicate_key IS NOT NULL AS dupefinder, parents, parents_completed, parents_fizzled, children
FROM fireworks`;

/** What a FireworkRecord is made of, but for the spec. */
type RecordRow = Pick<
  FireworkRow,
  'fw_id' | 'name' | 'state' | 'launches' | 'archived_launches' | 'created_on' | 'updated_on'
>;

/** A Firework with its spec, and what claims ask of it. */
export interface SpecifiedRow
  extends RecordRow,
    Pick<FireworkRow, 'workflow' | 'lane' | 'priority' | 'children'> {
  spec: string;
}

/** To be followed by a WHERE. */
export const selectSpecified = `
SELECT fw_id, name, state, launches, archived_launches, created_on, updated_on, workflow, lane, priority,
  children, spec
FROM fireworks JOIN specs USING (fw_id)`;

export function specifiedRecord(row: SpecifiedRow): FireworkRecord {
  return fireworkRecord(row, readMap(row.spec));
}

export function fireworkRecord(row: RecordRow, spec: UserMap): FireworkRecord {
  return {
    fwId: fwId(row.fw_id),
    name: fromColumn(row.name),
    state: row.state,
    spec,
    launches: launchIds(row.launches),
    archivedLaunches: launchIds(row.archived_launches),
    createdOn: row.created_on,
    updatedOn: row.updated_on,
  };
}

/** Reads a list of Launch ids from its column. */
export function launchIds(column: string): LaunchId[] {
  if (column === '[]') return [];
  // Most have one.
  return column.includes(',') ? JSON.parse(column).map(launchId) : [launchId(Number(column.slice(1, -1)))];
}

/** Writes a list of ids for a column, or for `json_each`. */
export function idList(ids: Iterable<number>): string {
  return `[${[...ids].join(',')}]`;
}
