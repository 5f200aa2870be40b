import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';

/** Directories `block_*` that hold the launch directories of jobs, up to so many each: format §8.5. */
export interface Blocks {
  launchDir: string;
  /** `--block_dir`; null: the newest one that is there. */
  named: string | null;
  /** ALWAYS_CREATE_NEW_BLOCK. */
  first: 'newest' | 'new';
  /** `--maxjobs_block`. */
  size: number;
  stamp(): string;
}

/** The block of a run of qlaunch, which is followed by another one when it is full. */
export interface Block {
  /** A block with room, and how many launch directories it may still get. */
  next(): { directory: string; room: number };
}

export function openBlock({ launchDir, named, first, size, stamp }: Blocks): Block {
  let directory: string | null = null;
  const make = (name: string) => {
    const made = join(launchDir, name);
    makeDirectories(made);
    return made;
  };
  const begin = () => {
    if (named !== null) return make(named);
    const newest = first === 'new' ? undefined : namesIn(launchDir, 'block_').at(-1);
    return make(newest ?? `block_${stamp()}`);
  };
  return {
    next() {
      directory ??= begin();
      let room = size - namesIn(directory, 'launcher_').length;
      if (room <= 0) {
        directory = make(`block_${stamp()}`);
        room = size;
      }
      return { directory, room };
    },
  };
}

/** Sorted: stamps are, by their time. */
function namesIn(folder: string, prefix: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
    .map((entry) => entry.name)
    .sort();
}
