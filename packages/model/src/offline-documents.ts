import type { FWAction } from './action.ts';
import { actionFromDocument, actionToDocument } from './action-document.ts';
import { DocumentFault, memberInteger, readMembers } from './document-fault.ts';
import { SkyrocketError } from './errors.ts';
import { fireworkToDocument } from './firework-document.ts';
import { type LaunchId, launchId } from './ids.ts';
import { checkpointFromDocument, checkpointToDocument } from './launch-document.ts';
import { parseJson, stringifyJson } from './lossless-json.ts';
import type { Checkpoint, FireworkRecord, LaunchRecord } from './records.ts';
import { readTimestamp, type Timestamp } from './timestamp.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * FW_offline.json, by which a Launch without a launchpad tells how far it came: format §9. FireWorks passes over
 * `launchpad` and `given_back`, which are ours.
 */
export interface OfflineFile {
  launchId: LaunchId;
  /** The uuid of the launchpad that reserved the Launch; null where FireWorks wrote the file. */
  launchpad: string | null;
  startedOn: Timestamp | null;
  checkpoint: Checkpoint | null;
  ended: { state: 'COMPLETED' | 'FIZZLED'; action: FWAction; endedOn: Timestamp } | null;
  /** Ours: it was not run and will not be, for this reason; its Firework may be READY again. */
  givenBack: string | null;
}

/** A Launch that is reserved for being run offline. */
export interface OfflineReservation {
  launchId: LaunchId;
  firework: FireworkRecord;
  /** Active Launches of the Firework, this one among them. */
  launches: LaunchRecord[];
  /** The uuid of the launchpad that reserved it. */
  launchpad: string;
  /** The directory that it is to run in; absolute. */
  dir: string;
}

/** The files that are put into the directory of a Launch before its job is submitted: FW.json and FW_offline.json. */
export function offlineFiles(reservation: OfflineReservation): { name: string; text: string }[] {
  const { launchId, firework, launches, launchpad, dir } = reservation;
  const active = launches.map((launch) =>
    launch.launchId === launchId ? { ...launch, launchDir: dir } : launch,
  );
  const nothing = { startedOn: null, checkpoint: null, ended: null, givenBack: null };
  return [
    { name: fireworkFileName, text: stringifyJson(fireworkToDocument(firework, { active, archived: [] })) },
    { name: offlineFileName, text: offlineFileText({ launchId, launchpad, ...nothing }) },
  ];
}

export const fireworkFileName = 'FW.json';
export const offlineFileName = 'FW_offline.json';
export const pingFileName = 'FW_ping.json';

export function offlineFileText(file: OfflineFile): string {
  const { ended } = file;
  const document: UserMap = new Map<string, UserValue>([['launch_id', file.launchId]]);
  if (file.launchpad !== null) document.set('launchpad', file.launchpad);
  if (file.startedOn !== null) document.set('started_on', file.startedOn);
  if (file.checkpoint) document.set('checkpoint', checkpointToDocument(file.checkpoint));
  if (ended) {
    document.set('fwaction', actionToDocument(ended.action));
    document.set('state', ended.state);
    document.set('completed_on', ended.endedOn);
  }
  if (file.givenBack !== null) document.set('given_back', file.givenBack);
  return stringifyJson(document);
}

/** @throws SkyrocketError BAD_FILE naming `source`: half-written, or no such file */
export function readOfflineFile(text: string, source: string): OfflineFile {
  const document = parseJson(text, { source });
  if (!isUserMap(document)) throw new SkyrocketError('BAD_FILE', `${source}: this is no mapping`);
  try {
    return fromDocument(document, source);
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    throw new SkyrocketError('BAD_FILE', `${source}: ${error.message}`, { cause: error });
  }
}

function fromDocument(document: UserMap, source: string): OfflineFile {
  const launchpad = document.get('launchpad');
  const checkpoint = document.get('checkpoint');
  const givenBack = document.get('given_back');
  return {
    launchId: launchId(memberInteger(readMembers(document, [], 'BAD_FILE'), 'launch_id', -1)),
    launchpad: typeof launchpad === 'string' ? launchpad : null,
    startedOn: momentOf(document, 'started_on', source),
    checkpoint: isUserMap(checkpoint) ? checkpointFromDocument(checkpoint) : null,
    ended: endOf(document, source),
    givenBack: typeof givenBack === 'string' ? givenBack : null,
  };
}

function endOf(document: UserMap, source: string): OfflineFile['ended'] {
  const action = document.get('fwaction') ?? null;
  if (action === null) return null;
  const state = document.get('state');
  if (state !== 'COMPLETED' && state !== 'FIZZLED')
    throw new SkyrocketError('BAD_FILE', `${source}: "state" must be COMPLETED or FIZZLED beside "fwaction"`);
  const endedOn = momentOf(document, 'completed_on', source);
  if (endedOn === null)
    throw new SkyrocketError('BAD_FILE', `${source}: "completed_on" is missing beside "fwaction"`);
  return { state, action: actionFromDocument(action), endedOn };
}

function momentOf(document: UserMap, key: string, source: string): Timestamp | null {
  const value = document.get(key) ?? null;
  if (value === null) return null;
  const moment = typeof value === 'string' ? readTimestamp(value) : null;
  if (moment === null) throw new SkyrocketError('BAD_FILE', `${source}: "${key}" is no date and time`);
  return moment;
}

/** FW_ping.json. */
export const pingFileText = (at: Timestamp): string => stringifyJson(new Map([['ping_time', at]]));

/** Null for what cannot be read: a ping is of no more use then. */
export function readPingFile(text: string, source: string): Timestamp | null {
  const document = parseJson(text, { source });
  const time = isUserMap(document) ? document.get('ping_time') : null;
  return typeof time === 'string' ? readTimestamp(time) : null;
}
