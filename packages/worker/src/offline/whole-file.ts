import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';

/**
 * Puts a file in its place as a whole, durably: readers see the old one or the new one.
 * @throws SkyrocketError STORE_FULL when it cannot be written; then the old one is there
 */
export function writeWhole(path: string, text: string): void {
  const unfinished = `${path}.new-${process.pid}`;
  try {
    writeDurably(unfinished, text, 'w');
    renameSync(unfinished, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw unwritable(path, error);
  }
}

/**
 * Makes a file, durably, if there is none; false when there is one.
 * @throws SkyrocketError STORE_FULL when it cannot be written
 */
export function writeFirst(path: string, text: string): boolean {
  try {
    writeDurably(path, text, 'wx');
    syncFolder(dirname(path));
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    // Of a disk that is full an empty file may be left, which would keep everybody from starting.
    rmSync(path, { force: true });
    throw unwritable(path, error);
  }
}

/** The text of a file; null when there is no such file. */
export const readIfThere = (path: string): string | null => unlessAbsent(() => readFileSync(path, 'utf8'));

/** The same of a file that is no text. */
export const readBytesIfThere = (path: string): Buffer | null => unlessAbsent(() => readFileSync(path));

function unlessAbsent<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

function writeDurably(path: string, text: string, flag: 'w' | 'wx'): void {
  const file = openSync(path, flag);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A new name in a folder is durable only when the folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function unwritable(path: string, cause: unknown): SkyrocketError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SkyrocketError('STORE_FULL', `${path} cannot be written: ${reason}`, { cause });
}
