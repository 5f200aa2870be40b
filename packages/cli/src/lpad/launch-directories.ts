import { rm } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { LpadContext } from './context.ts';

/**
 * Removes launch directories with all that is in them. A Launch may have run in a directory that holds more than its own
 * files: one that holds home or this place is never removed, and told.
 */
export async function removeLaunchDirectories(
  directories: string[],
  { surroundings, log }: Pick<LpadContext, 'surroundings' | 'log'>,
): Promise<void> {
  const kept = [surroundings.directory, surroundings.home];
  for (const path of new Set(directories)) {
    if (!isAbsolute(path) || kept.some((place) => holds(path, place))) {
      log.warn(`the launch directory ${path} is kept: it holds more than a Launch`);
      continue;
    }
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : error;
      log.warn(`the launch directory ${path} cannot be removed: ${reason}`);
    });
  }
}

/** Whether a place is this directory or lies in it. */
function holds(directory: string, place: string): boolean {
  const way = relative(resolve(directory), place);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
