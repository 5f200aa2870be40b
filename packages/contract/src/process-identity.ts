import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { types } from 'node:util';
import { isSystemError } from './system-error.ts';

/** A process, named for good: process ids are used again, so the moment of its start belongs to the name. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque, from {@link processStart}. */
  processStart: string;
}

/** `elsewhere`: named after another boot or in another container, so that nothing can be said of it here. */
export type ProcessStanding = 'alive' | 'gone' | 'elsewhere';

/** The second half of a process's name; null when there is no such process (a zombie is none). */
export function processStart(pid: number): string | null {
  return process.platform === 'linux' ? linuxStart(pid) : otherStart(pid);
}

/** What this machine knows of a process. */
export function processStanding({ pid, processStart: start }: ProcessIdentity): ProcessStanding {
  if (processStart(pid) === start) return 'alive';
  if (process.platform !== 'linux') return 'gone';
  return start.startsWith(placeOfPids()) ? 'gone' : 'elsewhere';
}

/** Place and clock ticks since boot: field 22 of /proc/PID/stat, behind the name, which may hold blanks and brackets. */
function linuxStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    return `${placeOfPids()}${fields[19]}`;
  } catch (error) {
    // A process may end between the opening and the reading of its file.
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

let knownPlace: string | undefined;

/** Where process ids mean what they mean here: this boot, and this container. */
function placeOfPids(): string {
  knownPlace ??= `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}/${readlinkSync('/proc/self/ns/pid')}/`;
  return knownPlace;
}

function otherStart(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null;
  } catch (error) {
    // ps ends with 1 when there is no such process.
    if (types.isNativeError(error) && 'status' in error && error.status === 1) return null;
    throw error;
  }
}
