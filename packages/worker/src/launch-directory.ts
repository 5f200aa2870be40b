import { readdirSync, rmdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { isSystemError } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FileThread } from './file-thread.ts';

/** Launch directories: format §7.1. */

/**
 * Makes so many directories `<parent>/launcher_<stamp>` that were not there before, and returns their paths.
 * @throws SkyrocketError STORE_FULL, BAD_CONFIGURATION; then none is left
 */
export async function makeLaunchDirectories(
  count: number,
  { parent, blockFormat, files }: LaunchDirectoryPlace,
): Promise<string[]> {
  const made: string[] = [];
  const stem = join(parent, 'launcher_');
  while (made.length < count) {
    const paths = Array.from(
      { length: count - made.length },
      () => stem + formatStamp(blockFormat, nextMoment()),
    );
    const failures = await files.obey(paths.map((path) => ({ make: 'directory', path })));
    made.push(...paths.filter((_, i) => failures[i] === null));
    const failure = failures.find((one) => one && one.code !== 'EEXIST');
    if (!failure) continue;
    for (const path of made) removeIfEmpty(path);
    const isFull = failure.code === 'ENOSPC' || failure.code === 'EDQUOT';
    throw new SkyrocketError(
      isFull ? 'STORE_FULL' : 'BAD_CONFIGURATION',
      `no launch directory can be made in ${parent}: ${failure.message}`,
    );
  }
  return made;
}

export interface LaunchDirectoryPlace {
  parent: string;
  /** FW_BLOCK_FORMAT. */
  blockFormat: string;
  files: Pick<FileThread, 'obey'>;
}

let lastMoment = 0;

/** Microseconds since 1970, each given once by this process: a stamp of six digits names one directory. */
function nextMoment(): number {
  lastMoment = Math.max(lastMoment + 1, Date.now() * 1000);
  return lastMoment;
}

/** A moment in microseconds, in UTC, in the letters of Python's strftime that make file names. */
export function formatStamp(format: string, micros: number): string {
  const second = Math.floor(micros / 1_000_000);
  if (lastStamp.second !== second || lastStamp.format !== format)
    lastStamp = { format, second, parts: stampParts(format, second) };
  return lastStamp.parts.join(String(micros % 1_000_000).padStart(6, '0'));
}

/** Of a second in which there may be thousands of stamps. */
let lastStamp = { format: '', second: 0, parts: [''] };

/** What stands around the fractions of a second. */
function stampParts(format: string, second: number): string[] {
  const date = new Date(second * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  const texts: Record<string, string> = {
    Y: String(date.getUTCFullYear()),
    y: two(date.getUTCFullYear() % 100),
    m: two(date.getUTCMonth() + 1),
    d: two(date.getUTCDate()),
    H: two(date.getUTCHours()),
    M: two(date.getUTCMinutes()),
    S: two(date.getUTCSeconds()),
    f: '\0',
    '%': '%',
  };
  const filled = format.replace(/%([a-zA-Z%])/g, (written, letter: string) => texts[letter] ?? written);
  return filled.split('\0');
}

/**
 * Makes the directory that `spec._launch_dir` asks for. Environment variables are expanded; a relative path is taken
 * from the worker's directory.
 */
export function makeRequestedDirectory(requested: string, base: string): string {
  const expanded = expandVariables(requested);
  const path = isAbsolute(expanded) ? expanded : resolve(base, expanded);
  makeDirectories(path);
  return path;
}

/** `$NAME` and `${NAME}`; names that are not set stay as they are. */
export function expandVariables(text: string): string {
  return text.replace(
    /\$(\w+)|\$\{([^}]*)\}/g,
    (written, plain?: string, braced?: string) => process.env[plain ?? braced ?? ''] ?? written,
  );
}

/** Removes a directory if nothing is in it; leaves it otherwise. */
export function removeIfEmpty(path: string): void {
  try {
    if (readdirSync(path).length === 0) rmdirSync(path);
  } catch (error) {
    // Another process may have removed it or put something into it meanwhile: either way there is nothing to do.
    if (!isSystemError(error, 'ENOENT', 'ENOTEMPTY')) throw error;
  }
}
