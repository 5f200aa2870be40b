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
import { roughSize } from './document-size.ts';
import { valueFor } from './planned-writes.ts';

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

/** Those that are written together take up about so many bytes at most, and compare no more than so many ids. */
const bytesTogether = 1024 * 1024;
const mostTogether = 100;

/**
 * The operations of some writes. Those that set the same members are one operation, each with its own values, which costs the
 * server half of as many single ones.
 */
export function launchOperations(writes: readonly LaunchWrite[]): AnyBulkWriteOperation<Document>[] {
  const groups = new Map<string, { open: Together; full: Together[] }>();
  for (const write of writes) {
    const kind = JSON.stringify([write.from, write.history !== undefined, ...write.set.keys()]);
    const group = groups.get(kind);
    const size = roughSize(write.set, bytesTogether);
    if (!group) groups.set(kind, { open: { size, writes: [write] }, full: [] });
    else if (group.open.writes.length < mostTogether && group.open.size + size <= bytesTogether) {
      group.open.writes.push(write);
      group.open.size += size;
    } else {
      group.full.push(group.open);
      group.open = { size, writes: [write] };
    }
  }
  return [...groups.values()].flatMap(({ open, full }) => [...full, open].map(operationOf));
}

interface Together {
  size: number;
  writes: [LaunchWrite, ...LaunchWrite[]];
}

function operationOf({ writes }: Together): AnyBulkWriteOperation<Document> {
  const [{ launchId, from, set, history }, ...others] = writes;
  if (others.length === 0) {
    const past = { state: from, ...(history && { state_history: history }) };
    return { updateOne: { filter: { launch_id: launchId, ...past }, update: { $set: set } } };
  }
  const ownOf = (value: (write: LaunchWrite) => unknown) =>
    valueFor('launch_id', new Map(writes.map((write) => [Number(write.launchId), value(write)])));
  const own = [...set.keys()].map((member) => [member, ownOf((write) => write.set.get(member))] as const);
  const past = ownOf((write) => write.history);
  const filter = {
    launch_id: { $in: writes.map((write) => Number(write.launchId)) },
    state: from,
    ...(history && pastOf(writes, past)),
  };
  return { updateMany: { filter, update: [{ $set: Object.fromEntries(own) }] } };
}

/** Part of a filter: the Launches have the histories that are remembered, which are mostly alike. */
function pastOf([first, ...others]: Together['writes'], own: Document): Document {
  const text = textOf(first);
  const areAlike = others.every((write) => textOf(write) === text);
  return areAlike ? { state_history: first.history } : { $expr: { $eq: ['$state_history', own] } };
}

const textOf = ({ history }: LaunchWrite) =>
  JSON.stringify(history, (_key, value: unknown) => (value instanceof Map ? [...value] : value));
