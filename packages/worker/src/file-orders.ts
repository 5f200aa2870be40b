import { mkdirSync, writeFileSync } from 'node:fs';

/** Something to be made in the file system; the path is absolute. */
export type FileOrder = { make: 'directory'; path: string } | { make: 'file'; path: string; text: string };

/** Null when it was made. */
export type FileFailure = { code: string; message: string } | null;

/** Makes a directory that was not there before, or a file. */
export function obey(order: FileOrder): FileFailure {
  try {
    if (order.make === 'directory') mkdirSync(order.path);
    else writeFileSync(order.path, order.text);
    return null;
  } catch (error) {
    const code =
      typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown';
    return { code, message: error instanceof Error ? error.message : String(error) };
  }
}
