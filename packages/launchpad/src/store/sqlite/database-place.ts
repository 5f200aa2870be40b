import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { systemErrorCode } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type FileSystem, fileSystemOf, networkFileSystem } from './network-file-systems.ts';

/** What a database file can be used for. */
export interface DatabasePlace {
  file: string;
  access: 'write' | 'read' | 'read-immutable';
}

/**
 * Prepares the place of a database file: its folder is made (0700) and an empty file (0600) where there is none.
 * `fileSystem` tells what holds a folder.
 * @throws SkyrocketError BAD_CONFIGURATION on a network file system, BAD_FILE when it cannot be read or made.
 */
export async function prepareDatabasePlace(
  name: string,
  fileSystem: (folder: string) => Promise<FileSystem> = fileSystemOf,
): Promise<DatabasePlace> {
  const file = await makeFolder(resolve(name));
  const network = networkFileSystem(await fileSystem(dirname(file)));
  if (network !== null) throw onNetworkFileSystem(file, network);
  await makeFile(file);
  if (!(await may(file, constants.R_OK))) {
    throw new SkyrocketError(
      'BAD_FILE',
      `you may not read the launchpad ${file}; ask its owner for permission or name another with file: in my_launchpad.yaml`,
    );
  }
  const possible = await possibleAccess(file);
  if (possible === 'read-immutable' && (await holdsNews(`${file}-wal`))) throw usedByOthers(file);
  return { file, access: possible };
}

async function makeFolder(path: string): Promise<string> {
  const folder = dirname(path);
  try {
    makeDirectories(folder, 0o700);
    const file = join(await realpath(folder), basename(path));
    // A link may lead to another file system.
    return await realpath(file).catch(() => file);
  } catch (error) {
    throw cannotMake(`the folder ${folder} of the launchpad`, error);
  }
}

async function makeFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  if (found?.isDirectory()) {
    throw new SkyrocketError('BAD_FILE', `${file} is a folder, not a launchpad; name a file with file:`);
  }
  if (found) return;
  try {
    await (await open(file, 'a', 0o600)).close();
  } catch (error) {
    throw cannotMake(`the launchpad ${file}`, error);
  }
}

/** Beside the file itself, SQLite writes two more files into its folder, unless another process has made them. */
async function possibleAccess(file: string): Promise<DatabasePlace['access']> {
  const folderWritable = await may(dirname(file), constants.W_OK | constants.X_OK);
  const sharedFile = `${file}-shm`;
  if ((await may(file, constants.W_OK)) && (folderWritable || (await may(sharedFile, constants.W_OK)))) {
    return 'write';
  }
  return folderWritable || (await may(sharedFile, constants.R_OK)) ? 'read' : 'read-immutable';
}

/** What was committed last stands in a second file; one who cannot join its readers would see only what was before. */
async function holdsNews(log: string): Promise<boolean> {
  const found = await stat(log).catch(() => null);
  return found !== null && found.size > 0;
}

async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function usedByOthers(file: string): SkyrocketError {
  return new SkyrocketError(
    'BAD_FILE',
    `the launchpad ${file} is used by others, and you may not write to its folder, so that you cannot see what they change; ` +
      'ask its owner for permission to write there',
  );
}

function cannotMake(what: string, error: unknown): SkyrocketError {
  const reason = systemErrorCode(error) ?? String(error);
  return new SkyrocketError(
    'BAD_FILE',
    `${what} cannot be made (${reason}); name another place with file: in my_launchpad.yaml`,
    { cause: error },
  );
}

function onNetworkFileSystem(file: string, network: string): SkyrocketError {
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `the launchpad ${file} lies on a network file system (${network}), where it would be damaged when two machines use it; ` +
      'in my_launchpad.yaml, name a file on a local disk with file:, a MongoDB with host:, or a Skyrocket server with url:',
  );
}
