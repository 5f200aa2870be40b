import { actionFromDocument, actionToDocument } from './action-document.ts';
import {
  DocumentFault,
  fault,
  type MemberReader,
  memberInteger,
  memberList,
  memberMap,
  memberText,
  readMembers,
} from './document-fault.ts';
import { fwId, launchId } from './ids.ts';
import { parseJson, stringifyJson, stringifyShort } from './lossless-json.ts';
import type { Checkpoint, FWorker, HistoryEntry, LaunchRecord, TrackerRecord } from './records.ts';
import type { LaunchState } from './states.ts';
import { readTimestamp, secondsBetween, type Timestamp, timestamp } from './timestamp.ts';
import {
  type DocumentMembers,
  float,
  isTruthy,
  isUserMap,
  type UserMap,
  type UserValue,
} from './user-data.ts';

/** What FireWorks derives from the history and stores with it: format §2.3. Seconds; null before the event. */
export interface LaunchTimes {
  timeStart: Timestamp | null;
  timeEnd: Timestamp | null;
  runtimeSeconds: number | null;
  /** Absent when the Launch was never reserved. */
  reservedSeconds?: number;
}

/** `now` ends the waiting of a Launch that is still RESERVED. */
export function launchTimes(history: readonly HistoryEntry[], now?: Timestamp): LaunchTimes {
  const reserved = history.find((entry) => entry.state === 'RESERVED')?.createdOn;
  const timeStart = history.find((entry) => entry.state === 'RUNNING')?.createdOn ?? null;
  const timeEnd =
    history.find((entry) => entry.state === 'COMPLETED' || entry.state === 'FIZZLED')?.createdOn ?? null;
  const waitedUntil = timeStart ?? now ?? reserved;
  return {
    timeStart,
    timeEnd,
    runtimeSeconds: timeStart && timeEnd ? secondsBetween(timeStart, timeEnd) : null,
    ...(reserved && waitedUntil && { reservedSeconds: secondsBetween(reserved, waitedUntil) }),
  };
}

/** A Launch as files hold it and as FireWorks shows it: without what it derives from the history. */
export function launchToDocument(launch: LaunchRecord): UserMap {
  return new Map<string, UserValue>([
    ['fworker', fworkerToDocument(launch.fworker)],
    ['fw_id', launch.fwId],
    ['launch_dir', launch.launchDir],
    ['host', launch.host],
    ['ip', launch.ip],
    ['trackers', launch.trackers.map(trackerToDocument)],
    ['action', launch.action === null ? null : actionToDocument(launch.action)],
    ['state', launch.state],
    ['state_history', launch.history.map(historyEntryToDocument)],
    ['launch_id', launch.launchId],
  ]);
}

/** A Launch as MongoDB stores it and as queries see it: format §2.3. */
export function storedLaunchDocument(launch: LaunchRecord): UserMap {
  const { timeStart, timeEnd, runtimeSeconds, reservedSeconds } = launchTimes(launch.history);
  const document = launchToDocument(launch)
    .set('time_start', timeStart)
    .set('time_end', timeEnd)
    .set('runtime_secs', runtimeSeconds === null ? null : float(runtimeSeconds));
  if (reservedSeconds !== undefined) document.set('reservedtime_secs', float(reservedSeconds));
  return document;
}

export function fworkerToDocument(fworker: FWorker): UserMap {
  return new Map<string, UserValue>([
    ['name', fworker.name],
    ['category', typeof fworker.category === 'string' ? fworker.category : [...fworker.category]],
    ['query', stringifyJson(fworker.query)],
    ['env', fworker.env],
  ]);
}

export function trackerToDocument(tracker: TrackerRecord): UserMap {
  const document: UserMap = new Map<string, UserValue>([
    ['filename', tracker.filename],
    ['nlines', tracker.nlines],
    ['allow_zipped', tracker.allowZipped],
  ]);
  if (tracker.content) document.set('content', tracker.content);
  return document;
}

export function historyEntryToDocument(entry: HistoryEntry): UserMap {
  const document: UserMap = new Map<string, UserValue>([
    ['state', entry.state],
    ['created_on', entry.createdOn],
  ]);
  if (entry.updatedOn) document.set('updated_on', entry.updatedOn);
  if (entry.checkpoint) document.set('checkpoint', checkpointToDocument(entry.checkpoint));
  if (entry.reservationId !== undefined) document.set('reservation_id', entry.reservationId);
  return document;
}

export function checkpointToDocument(checkpoint: Checkpoint): UserMap {
  return new Map(checkpointMembers.map(([key, read]) => [key, read(checkpoint)]));
}

/** The same in lossless JSON, without what says nothing, which is all of it while the first task runs. */
export const shortCheckpointText = (checkpoint: Checkpoint): string =>
  stringifyShort(checkpointMembers, checkpoint);

const checkpointMembers: DocumentMembers<Checkpoint> = [
  ['_task_n', ({ taskIndex }) => taskIndex],
  ['_all_stored_data', ({ storedData }) => storedData],
  ['_all_update_spec', ({ updateSpec }) => updateSpec],
  ['_all_mod_spec', ({ modSpec }) => modSpec],
];

/** @throws DocumentFault BAD_WORKFLOW when it is not a Launch. */
export function launchFromDocument(document: UserMap): LaunchRecord {
  const reader = readMembers(document, [], 'BAD_WORKFLOW');
  const action = document.get('action') ?? null;
  return {
    launchId: launchId(memberInteger(reader, 'launch_id', -1)),
    fwId: fwId(memberInteger(reader, 'fw_id', -1)),
    state: readLaunchState(reader),
    fworker: fworkerFromDocument(memberMap(reader, 'fworker')),
    host: memberText(reader, 'host', ''),
    ip: memberText(reader, 'ip', ''),
    launchDir: memberText(reader, 'launch_dir', ''),
    trackers: memberList(reader, 'trackers').filter(isUserMap).map(trackerFromDocument),
    action: action === null ? null : actionFromDocument(action),
    history: memberList(reader, 'state_history').filter(isUserMap).map(historyEntryFromDocument),
  };
}

function readLaunchState(reader: MemberReader): LaunchState {
  const state = reader.map.get('state');
  switch (state) {
    case 'READY':
    case 'RESERVED':
    case 'RUNNING':
    case 'COMPLETED':
    case 'FIZZLED':
      return state;
    default:
      throw fault(reader, 'state', 'this is no state of a Launch');
  }
}

/** @throws DocumentFault BAD_WORKFLOW; BAD_FILE when its query is not JSON. */
export function fworkerFromDocument(document: UserMap): FWorker {
  const reader = readMembers(document, [], 'BAD_WORKFLOW');
  const category = document.get('category') ?? '';
  const query = document.get('query') ?? '{}';
  const filter =
    typeof query === 'string' ? parseJson(query || '{}', { source: "the worker's query" }) : query;
  return {
    name: memberText(reader, 'name', ''),
    category: Array.isArray(category) ? category.map(String) : String(category),
    query: isUserMap(filter) ? filter : new Map(),
    env: memberMap(reader, 'env'),
  };
}

/** Trackers of a spec: format §12.1. @throws DocumentFault BAD_WORKFLOW when one of them is not written as FireWorks reads it */
export function trackersOf(spec: UserMap): TrackerRecord[] {
  const listed = spec.get('_trackers');
  return Array.isArray(listed) ? listed.filter(isUserMap).map(trackerFromDocument) : [];
}

/** Those that a new Launch has. Wrong ones are the worker's to complain of, once it runs the Firework. */
export function trackersOfNewLaunch(spec: UserMap): TrackerRecord[] {
  try {
    return trackersOf(spec);
  } catch (error) {
    if (error instanceof DocumentFault) return [];
    throw error;
  }
}

export function trackerFromDocument(document: UserMap): TrackerRecord {
  const reader = readMembers(document, [], 'BAD_WORKFLOW');
  const content = document.get('content');
  return {
    filename: memberText(reader, 'filename', ''),
    nlines: memberInteger(reader, 'nlines', 25),
    allowZipped: isTruthy(document.get('allow_zipped')),
    ...(typeof content === 'string' && { content }),
  };
}

function historyEntryFromDocument(document: UserMap): HistoryEntry {
  const reader = readMembers(document, [], 'BAD_WORKFLOW');
  const updatedOn = readMoment(document.get('updated_on'));
  const checkpoint = document.get('checkpoint');
  const reservationId = document.get('reservation_id') ?? null;
  return {
    state: readLaunchState(reader),
    createdOn: readMoment(document.get('created_on')) ?? timestamp(0),
    ...(updatedOn && { updatedOn }),
    ...(reservationId !== null && { reservationId: String(reservationId) }),
    ...(isUserMap(checkpoint) && { checkpoint: checkpointFromDocument(checkpoint) }),
  };
}

export function checkpointFromDocument(document: UserMap): Checkpoint {
  const reader = readMembers(document, [], 'BAD_WORKFLOW');
  return {
    taskIndex: memberInteger(reader, '_task_n', 0),
    storedData: memberMap(reader, '_all_stored_data'),
    updateSpec: memberMap(reader, '_all_update_spec'),
    modSpec: memberList(reader, '_all_mod_spec').filter(isUserMap),
  };
}

const readMoment = (value: UserValue | undefined) =>
  typeof value === 'string' ? readTimestamp(value) : null;
