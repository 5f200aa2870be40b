import type { FWAction } from './action.ts';
import { actionFromDocument, actionToDocument } from './action-document.ts';
import { memberInteger, readMembers } from './document-fault.ts';
import { SkyrocketError } from './errors.ts';
import { type LaunchId, launchId } from './ids.ts';
import { checkpointFromDocument, checkpointToDocument } from './launch-document.ts';
import { parseJson, stringifyJson } from './lossless-json.ts';
import type { Checkpoint } from './records.ts';
import { readTimestamp, type Timestamp } from './timestamp.ts';
import { isUserMap, type UserMap, type UserValue } from './user-data.ts';

/**
 * FW_offline.json, by which a Launch without a launchpad tells how far it came: format §9. FireWorks passes over
 * `launchpad`, which is ours.
 */
export interface OfflineFile {
  launchId: LaunchId;
  /** The uuid of the launchpad that reserved the Launch; null where FireWorks wrote the file. */
  launchpad: string | null;
  startedOn: Timestamp | null;
  checkpoint: Checkpoint | null;
  ended: { state: 'COMPLETED' | 'FIZZLED'; action: FWAction; endedOn: Timestamp } | null;
}

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
  return stringifyJson(document);
}

/** @throws SkyrocketError BAD_FILE naming `source`: half-written, or no such file */
export function readOfflineFile(text: string, source: string): OfflineFile {
  const document = parseJson(text, { source });
  if (!isUserMap(document)) throw new SkyrocketError('BAD_FILE', `${source}: this is no mapping`);
  const launchpad = document.get('launchpad');
  const checkpoint = document.get('checkpoint');
  return {
    launchId: launchId(memberInteger(readMembers(document, [], 'BAD_FILE'), 'launch_id', -1)),
    launchpad: typeof launchpad === 'string' ? launchpad : null,
    startedOn: momentOf(document, 'started_on', source),
    checkpoint: isUserMap(checkpoint) ? checkpointFromDocument(checkpoint) : null,
    ended: endOf(document, source),
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
