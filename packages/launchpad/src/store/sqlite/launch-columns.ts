import type { FWAction } from '@skyrocket/model/action';
import { actionFromDocument, shortActionText } from '@skyrocket/model/action-document';
import {
  fworkerFromDocument,
  fworkerToDocument,
  trackerFromDocument,
  trackerToDocument,
} from '@skyrocket/model/launch-document';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import type { FWorker, TrackerRecord } from '@skyrocket/model/records';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Connection } from './connection.ts';

// The parts of a Launch that hold user data stand in columns as lossless JSON of their documents (format §2.3).

export function actionColumn(action: FWAction | null): string | null {
  return action && shortActionText(action);
}

export function readAction(column: string | null): FWAction | null {
  return column === null ? null : actionFromDocument(parseJson(column));
}

export function trackersColumn(trackers: TrackerRecord[]): string {
  return trackers.length === 0 ? '[]' : stringifyJson(trackers.map(trackerToDocument));
}

export function readTrackers(column: string): TrackerRecord[] {
  if (column === '[]') return [];
  const trackers = parseJson(column);
  return Array.isArray(trackers)
    ? trackers.map((tracker) => trackerFromDocument(mapping(tracker, column)))
    : [];
}

export function fworkerColumn(fworker: FWorker): string {
  return stringifyJson(fworkerToDocument(fworker));
}

export function readFWorker(column: string): FWorker {
  return fworkerFromDocument(readMap(column));
}

/** The row of a worker's description; Launches refer to it, so that it is stored once. */
export function fworkerRow(database: Connection, fworker: FWorker): number {
  const document = fworkerColumn(fworker);
  const found = database.get<{ fworker: number }>(
    'SELECT fworker FROM fworkers WHERE document = ?',
    document,
  );
  if (found) return found.fworker;
  const made = database.get<{ fworker: number }>(
    'INSERT INTO fworkers (document) VALUES (?) RETURNING fworker',
    document,
  );
  if (!made) throw new Error('a worker was not stored');
  return made.fworker;
}

/** Reads a column that holds a mapping. */
export function readMap(column: string): UserMap {
  return mapping(parseJson(column), column);
}

function mapping(value: UserValue, column: string): UserMap {
  if (isUserMap(value)) return value;
  throw new Error(`the launchpad holds what it never writes: ${column.slice(0, 80)}`);
}
