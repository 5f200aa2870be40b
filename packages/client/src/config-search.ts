import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';

/** Where configuration is sought: format §10.2. All that the search depends on, so that it can be repeated in a test. */
export interface Surroundings {
  /** Absolute. */
  directory: string;
  home: string;
  environment: Readonly<Record<string, string | undefined>>;
}

export function currentSurroundings(): Surroundings {
  return { directory: process.cwd(), home: process.env.HOME ?? homedir(), environment: process.env };
}

export type ConfigKind = 'launchpad' | 'fworker' | 'qadapter';

/** By which option, and by which key of FW_config.yaml, a user names a file. */
const naming: Readonly<Record<ConfigKind, { option: string; key: string }>> = {
  launchpad: { option: '-l', key: 'LAUNCHPAD_LOC' },
  fworker: { option: '-w', key: 'FWORKER_LOC' },
  qadapter: { option: '-q', key: 'QUEUEADAPTER_LOC' },
};

export interface FileSearch {
  kind: ConfigKind;
  /** What the user named by `-l`, `-w` or `-q`. */
  named: string | null;
  /** What the user named by `-c`, else CONFIG_FILE_DIR. */
  configDirectory: string;
  /** LAUNCHPAD_LOC, FWORKER_LOC or QUEUEADAPTER_LOC. */
  located: string | null;
}

/**
 * The configuration file of a kind: the one named, else `my_<kind>.yaml` in the configuration directory, else the one
 * that FW_config.yaml locates, else `my_<kind>.yaml` in the current directory or in `~/.fireworks`. Null when there is none.
 * @throws SkyrocketError BAD_CONFIGURATION when a file that somebody named does not exist
 */
export function findConfigFile(search: FileSearch, surroundings: Surroundings): string | null {
  const { kind, named, located } = search;
  const { option, key } = naming[kind];
  if (named !== null) return existing(named, `option ${option}`, surroundings);
  const name = `my_${kind}.yaml`;
  const inDirectory = join(fullPath(search.configDirectory, surroundings), name);
  if (isFile(inDirectory)) return inDirectory;
  if (located !== null) return existing(located, `${key} in FW_config.yaml`, surroundings);
  return (
    configDirectories(surroundings)
      .map((folder) => join(folder, name))
      .find(isFile) ?? null
  );
}

/** @throws SkyrocketError BAD_CONFIGURATION when what `-c` names is no directory: another launchpad would be used instead */
export function requireConfigDirectory(named: string, surroundings: Surroundings): void {
  if (statSync(fullPath(named, surroundings), { throwIfNoEntry: false })?.isDirectory()) return;
  throw new SkyrocketError('BAD_CONFIGURATION', `${named}, named by option -c, is no directory`);
}

/** FW_config.yaml: in the current directory, else in `~/.fireworks`, else what FW_CONFIG_FILE names; null when there is none. */
export function findFWConfigFile(surroundings: Surroundings): string | null {
  const found = configDirectories(surroundings)
    .map((folder) => join(folder, 'FW_config.yaml'))
    .find(isFile);
  if (found !== undefined) return found;
  const named = surroundings.environment.FW_CONFIG_FILE;
  return named ? existing(named, 'environment variable FW_CONFIG_FILE', surroundings) : null;
}

function configDirectories(surroundings: Surroundings): string[] {
  return [surroundings.directory, join(surroundings.home, '.fireworks')];
}

function existing(path: string, by: string, surroundings: Surroundings): string {
  const full = fullPath(path, surroundings);
  if (isFile(full)) return full;
  throw new SkyrocketError('BAD_CONFIGURATION', `${path}, named by ${by}, does not exist or is no file`);
}

/** A path as users write it in options and configuration: `~` and environment variables are expanded. */
export function fullPath(path: string, surroundings: Surroundings, base = surroundings.directory): string {
  const expanded = path
    .replace(/^~(?=\/|$)/, surroundings.home)
    .replace(/\$(\w+)|\$\{(\w+)\}/g, (written, plain?: string, braced?: string) => {
      return surroundings.environment[plain ?? braced ?? ''] ?? written;
    });
  return isAbsolute(expanded) ? expanded : resolve(base, expanded);
}

/** Pipes and devices count as files: `-l /dev/stdin`. */
export function isFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isDirectory();
}

/** The folder of Skyrocket's own files: `$XDG_DATA_HOME/skyrocket`, else `~/.local/share/skyrocket`. */
export function ownDirectory(surroundings: Surroundings): string {
  const data = surroundings.environment.XDG_DATA_HOME;
  // The specification of these places says that a relative one is to be ignored.
  const base = data && isAbsolute(data) ? data : join(surroundings.home, '.local', 'share');
  return join(base, 'skyrocket');
}
