import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { LaunchId } from '@skyrocket/model/ids';

/**
 * Remembers from one qlaunch to the next since when jobs are missing: one listing in which a job is absent proves nothing. What is
 * forgotten (the file is gone, or two of us write at once) only makes us wait longer.
 */
export interface MissingJobs {
  /**
   * Notes the Launches whose jobs are missing now, and forgets all others. Resolves to the moments, in milliseconds since 1970, since
   * when each of them is missing in every listing. @throws SkyrocketError BAD_CONFIGURATION when it cannot be written down
   */
  note(missing: readonly LaunchId[], now: number): Map<LaunchId, number>;
}

/** Of one launchpad, in a file of its own. */
export function openMissingJobs(file: string): MissingJobs {
  return {
    note(missing, now) {
      const before = readMoments(file);
      const moments = new Map(missing.map((launchId) => [launchId, before.get(launchId) ?? now]));
      if (moments.size > 0 || before.size > 0) writeMoments(file, moments);
      return moments;
    },
  };
}

/** Half a file or none: nothing is remembered. */
function readMoments(file: string): Map<LaunchId, number> {
  if (!existsSync(file)) return new Map();
  try {
    const entries: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Array.isArray(entries) ? entries : []);
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw cannotUse(file, error);
  }
}

function writeMoments(file: string, moments: ReadonlyMap<LaunchId, number>): void {
  try {
    makeDirectories(dirname(file));
    writeFileSync(`${file}.${process.pid}`, JSON.stringify([...moments]));
    renameSync(`${file}.${process.pid}`, file);
  } catch (error) {
    throw cannotUse(file, error);
  }
}

function cannotUse(file: string, cause: unknown): SkyrocketError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new SkyrocketError(
    'BAD_CONFIGURATION',
    `${file}, where qlaunch notes which jobs are missing, cannot be used (${words}); SPOOL_DIR names another folder`,
    { cause },
  );
}
