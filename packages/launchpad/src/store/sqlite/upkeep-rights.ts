import { epochMilliseconds, type Timestamp } from '@skyrocket/model/timestamp';
import { type HolderProcess, isGoneHere } from '../holder-process.ts';
import type { TakeUpkeep } from '../store.ts';
import type { Connection } from './connection.ts';

// Facts about upkeep in `meta`: who has the right to do it, until when, and since when the launchpad is watched.

export function takeUpkeep(
  database: Connection,
  { holder, process, seconds, notWithinSeconds = 0 }: TakeUpkeep,
  now: Timestamp,
): boolean {
  const moment = epochMilliseconds(now);
  const held = meta(database, 'upkeep_holder');
  const until = Number(meta(database, 'upkeep_until') ?? 0);
  const leftFor = moment - Number(meta(database, 'upkeep_left') ?? Number.NEGATIVE_INFINITY);
  const isTooSoon = leftFor >= 0 && leftFor < notWithinSeconds * 1000;
  const isHeld = until > moment && !isHolderGone(database);
  if (held !== null && held !== holder && (isHeld || isTooSoon)) return false;
  setMeta(database, 'upkeep_holder', holder);
  setMeta(database, 'upkeep_process', JSON.stringify(process));
  setMeta(database, 'upkeep_until', moment + seconds * 1000);
  return true;
}

function isHolderGone(database: Connection): boolean {
  const text = meta(database, 'upkeep_process');
  if (text === null) return false;
  const holder: HolderProcess = JSON.parse(String(text));
  return isGoneHere(holder);
}

export function leaveUpkeep(database: Connection, holder: string, now: Timestamp): void {
  if (meta(database, 'upkeep_holder') !== holder) return;
  setMeta(database, 'upkeep_until', 0);
  setMeta(database, 'upkeep_left', epochMilliseconds(now));
}

export function watch(database: Connection, maxGapSeconds: number, now: Timestamp): number {
  const moment = epochMilliseconds(now);
  const lastLook = Number(meta(database, 'last_look') ?? Number.NEGATIVE_INFINITY);
  const gap = moment - lastLook;
  // A clock that was set back is a gap too.
  const unbroken = gap >= 0 && gap <= maxGapSeconds * 1000;
  const since = unbroken ? Number(meta(database, 'watched_since') ?? moment) : moment;
  setMeta(database, 'last_look', moment);
  setMeta(database, 'watched_since', since);
  return (moment - since) / 1000;
}

export function meta(database: Connection, name: string): string | number | null {
  const row = database.get<{ value: string | number | null }>('SELECT value FROM meta WHERE name = ?', name);
  return row?.value ?? null;
}

function setMeta(database: Connection, name: string, value: string | number): void {
  database.run('INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)', name, value);
}
