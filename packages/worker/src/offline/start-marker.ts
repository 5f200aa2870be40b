import { join } from 'node:path';
import { parseJson, stringifyJson } from '@skyrocket/model/lossless-json';
import { readTimestamp, type Timestamp } from '@skyrocket/model/timestamp';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { readIfThere, writeFirst } from './whole-file.ts';

/**
 * FW_start.json, of our own: who may speak for a Launch without a launchpad. It is made exclusively, once and for all: by the
 * worker that starts the Launch, or by whoever gives it back unstarted. A crash right after it leaves a Launch that has begun and
 * never wrote more, or one that was given back and does not say so elsewhere; both are read here.
 */

export const startFileName = 'FW_start.json';

export interface StartMarker {
  /** Of the start; empty where the Launch was given back. */
  token: string;
  host: string;
  pid: number;
  /** When the marker was made. */
  at: Timestamp;
  /** Why it was given back; null: it was started. */
  givenBack: string | null;
}

/** False when there is one already. @throws SkyrocketError STORE_FULL when it cannot be written */
export function makeMarker(dir: string, { token, host, pid, at, givenBack }: StartMarker): boolean {
  const document: UserMap = new Map<string, UserValue>([
    ['token', token],
    ['host', host],
    ['pid', pid],
    ['started_on', at],
  ]);
  if (givenBack !== null) document.set('given_back', givenBack);
  return writeFirst(join(dir, startFileName), stringifyJson(document));
}

/** Null when there is none, and when it says nothing. @throws SkyrocketError BAD_FILE when it is half-written */
export function readMarker(dir: string): StartMarker | null {
  const path = join(dir, startFileName);
  const text = readIfThere(path) ?? '';
  const document = text === '' ? null : parseJson(text, { source: path });
  if (!isUserMap(document)) return null;
  const textOf = (key: string) => {
    const value = document.get(key);
    return typeof value === 'string' ? value : '';
  };
  const at = readTimestamp(textOf('started_on'));
  if (at === null) return null;
  const givenBack = document.has('given_back') ? textOf('given_back') : null;
  return { token: textOf('token'), host: textOf('host'), pid: Number(document.get('pid')), at, givenBack };
}
