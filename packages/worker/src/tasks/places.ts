import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { expandVariables } from '../launch-directory.ts';

/** How Firetasks name places: relative ones are relative to the launch directory, as its processes would take them. */

/** `~`, `~/…`, `$NAME` and `${NAME}` as Python's expandvars and expanduser take them; what is not set stays as it is. */
export function expandPath(path: string): string {
  return expandVariables(path).replace(/^~(?=\/|$)/, homedir());
}

/** The absolute path; each part may be absolute, and then those before it do not count. */
export function placeIn(launchDir: string, ...parts: (string | undefined)[]): string {
  return resolve(launchDir, ...parts.filter((part) => part !== undefined));
}
