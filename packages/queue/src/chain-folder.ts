import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { isSystemError, reasonOf } from '@skyrocket/contract/system-error';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { ChainShelf } from './chain-store.ts';

/**
 * A chain in a folder of a file system that all hosts share, for jobs without a launchpad. Like a launchpad it keeps one value,
 * which changes only by its last revision; and nobody ever holds a lock that another one would have to break.
 *
 * In the folder is one directory, made with mkdir, whose name is the revision: `7-3f2a`. In it is the value, `7-3f2a.json`.
 * Who wants to change the value writes the next one beside it, `8-90bc.json`, and then renames the directory to `8-90bc`. Of all
 * who try one succeeds: for the others there is no directory `7-3f2a` any more, and never will be again.
 *
 * What a crash leaves:
 * - before the renaming: a value that nobody asked for. It is deleted with the next change.
 * - after it: the change is made, and values of the past are left beside it. They are deleted with the next change.
 * - while the first value is written: a folder beside this one, which is never looked at.
 */
export function folderShelf(name: string, folder: string): ChainShelf {
  return {
    async findChains() {
      const kept = await readKept(folder);
      return { chains: kept === null ? [] : [{ name, revision: kept.revision, state: kept.state }] };
    },
    async saveChain({ revision, state }) {
      try {
        return { saved: revision === 0 ? begin(folder, state) : await replace(folder, revision, state) };
      } catch (cause) {
        const reason = reasonOf(cause);
        throw new SkyrocketError('STORE_FULL', `chain ${name} cannot be kept in ${folder}: ${reason}`, {
          cause,
        });
      }
    },
  };
}

interface Kept {
  revision: number;
  /** The name of its directory. */
  entry: string;
  state: string;
}

/** A directory that is renamed while others are listed may be missed. */
const attempts = 200;
const betweenMilliseconds = 5;

async function readKept(folder: string): Promise<Kept | null> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const entries = entriesOf(folder);
    if (entries === null) return null;
    const [newest] = entries.toSorted((a, b) => b.revision - a.revision);
    const state = newest && readIfThere(join(folder, newest.entry, `${newest.entry}.json`));
    if (newest && state) return { ...newest, state };
    await pause(betweenMilliseconds);
  }
  throw new SkyrocketError(
    'STORE_UNAVAILABLE',
    `there is no state of a chain in ${folder}; if it was removed by hand, remove the folder too`,
  );
}

function entriesOf(folder: string): Omit<Kept, 'state'>[] | null {
  try {
    return readdirSync(folder).flatMap((entry) => {
      const [, revision] = /^(\d+)-[0-9a-f]+$/.exec(entry) ?? [];
      return revision === undefined ? [] : [{ entry, revision: Number(revision) }];
    });
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  }
}

function begin(folder: string, state: string): boolean {
  const first = nameOf(1);
  const unfinished = `${folder}.${first}`;
  makeDirectories(join(unfinished, first));
  try {
    writeDurably(join(unfinished, first, `${first}.json`), state);
    return isRenamed(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function replace(folder: string, revision: number, state: string): Promise<boolean> {
  const kept = await readKept(folder);
  if (kept === null || kept.revision !== revision) return false;
  const next = nameOf(revision + 1);
  const [from, to] = [join(folder, kept.entry), join(folder, next)];
  const proposal = join(from, `${next}.json`);
  try {
    writeDurably(proposal, state);
  } catch (error) {
    // Renamed meanwhile.
    if (isSystemError(error, 'ENOENT')) return false;
    rmSync(proposal, { force: true });
    throw error;
  }
  if (!isRenamed(from, to)) return false;
  forgetPast(to, next);
  return true;
}

const nameOf = (revision: number) => `${revision}-${randomUUID().slice(0, 8)}`;

/** False when there is nothing to rename any more, or something in its place already. */
function isRenamed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'EEXIST', 'ENOTEMPTY')) throw error;
    // On a network file system it may have been renamed by this very call, whose answer was lost. The name is nobody else's.
    return isSystemError(error, 'ENOENT') && existsSync(to);
  }
  syncFolder(dirname(to));
  return true;
}

/** Values of revisions up to this one, but for its own: whoever wrote them cannot succeed any more. */
function forgetPast(directory: string, own: string): void {
  for (const file of entriesIn(directory)) {
    if (file !== `${own}.json` && Number.parseInt(file, 10) <= Number.parseInt(own, 10))
      rmSync(join(directory, file), { force: true });
  }
}

function entriesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESTALE')) return null;
    throw error;
  }
}

function writeDurably(path: string, text: string): void {
  const file = openSync(path, 'wx');
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
