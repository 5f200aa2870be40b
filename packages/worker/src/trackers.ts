import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { TrackerRecord } from '@skyrocket/model/records';

const linesLimit = 1000;
const bytesLimit = 1024 * 1024;

/** The trackers with the last lines of their files; without content where there is no such file. */
export function readTrackers(trackers: TrackerRecord[], launchDir: string): TrackerRecord[] {
  return trackers.map(({ filename, nlines, allowZipped }) => {
    const content = lastLines(resolve(launchDir, filename), {
      lines: Math.min(nlines, linesLimit),
      allowZipped,
    });
    return { filename, nlines, allowZipped, ...(content && { content }) };
  });
}

function lastLines(path: string, wanted: { lines: number; allowZipped: boolean }): string {
  const plain = path.endsWith('.gz') ? readZippedEnd(path) : readEnd(path);
  const text = plain ?? (wanted.allowZipped ? readZippedEnd(`${path}.gz`) : null) ?? '';
  const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
  return lines.slice(-wanted.lines).join('\n');
}

/** At most the last MiB, so that following a large file stays cheap. Null when it cannot be read: it need not be there. */
function readEnd(path: string): string | null {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const length = Math.min(size, bytesLimit);
    const buffer = Buffer.alloc(length);
    const read = readSync(file, buffer, 0, length, size - length);
    return buffer.subarray(0, read).toString('utf8');
  } catch {
    return null;
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Null when it is not there, or is being written: it is read again at the next ping. */
function readZippedEnd(path: string): string | null {
  try {
    return gunzipSync(readFileSync(path)).toString('utf8').slice(-bytesLimit);
  } catch {
    return null;
  }
}
