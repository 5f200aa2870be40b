import { changedHistory } from '@skyrocket/model/apply-change';
import type { LaunchChange } from '@skyrocket/model/change';
import type { LaunchId } from '@skyrocket/model/ids';
import { historyEntryToDocument, launchTimes, trackerToDocument } from '@skyrocket/model/launch-document';
import type { HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import type { LaunchState } from '@skyrocket/model/states';
import { float } from '@skyrocket/model/user-data';
import { type AnyBulkWriteOperation, type Document, Double } from 'mongodb';
import { storedAction } from './action-files.ts';
import { toBson } from './bson-user-data.ts';
import type { MongoConnection } from './connection.ts';

/** What is to be written of one Launch. Repeating it is harmless: it is conditional on the state before. */
export interface LaunchWrite {
  launchId: LaunchId;
  from: LaunchState;
  set: Map<string, unknown>;
  /** The `state_history` before, where the Launch was not read but remembered. */
  history?: unknown[];
}

/** Turns a change of a Launch, which was read without its action, into members to be set. */
export async function launchWrite(
  connection: MongoConnection,
  launch: LaunchRecord,
  change: LaunchChange,
): Promise<LaunchWrite> {
  const set = new Map<string, unknown>();
  if (change.state !== undefined && change.state !== launch.state) set.set('state', change.state);
  if (change.launchDir !== undefined) set.set('launch_dir', change.launchDir);
  if (change.trackers)
    set.set(
      'trackers',
      change.trackers.map((tracker) => toBson(trackerToDocument(tracker))),
    );
  if (change.action !== undefined)
    set.set('action', await storedAction(connection, launch.launchId, change.action));
  if (change.ping || change.entry) addHistory(set, changedHistory(launch.history, change));
  return { launchId: launch.launchId, from: launch.state, set };
}

/** A history, and what FireWorks derives from it and stores beside it (format §2.3). */
export function addHistory(set: Map<string, unknown>, history: HistoryEntry[]): void {
  const times = launchTimes(history);
  set.set('state_history', storedHistory(history));
  set.set('time_start', times.timeStart);
  set.set('time_end', times.timeEnd);
  set.set('runtime_secs', times.runtimeSeconds === null ? null : new Double(times.runtimeSeconds));
  if (times.reservedSeconds !== undefined) set.set('reservedtime_secs', toBson(float(times.reservedSeconds)));
}

/** A history as it is stored. */
export function storedHistory(history: readonly HistoryEntry[]): unknown[] {
  return history.map((entry) => toBson(historyEntryToDocument(entry)));
}

export function launchOperation(write: LaunchWrite): AnyBulkWriteOperation<Document> {
  const { launchId, from, set, history } = write;
  const filter = { launch_id: launchId, state: from, ...(history && { state_history: history }) };
  return { updateOne: { filter, update: { $set: set } } };
}
