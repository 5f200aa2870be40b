import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { SkyrocketError } from '@skyrocket/model/errors';
import { launchesFromDocuments } from '@skyrocket/model/firework-document';
import { parseJson } from '@skyrocket/model/lossless-json';
import {
  fireworkFileName,
  type OfflineFile,
  offlineFileName,
  readOfflineFile,
} from '@skyrocket/model/offline-documents';
import { timestamp } from '@skyrocket/model/timestamp';
import { newFireworkFromDocument } from '@skyrocket/model/workflow-document';
import { readBytesIfThere, readIfThere } from './whole-file.ts';

/** A directory in which one Launch is run without a launchpad: format §9. */
export interface OfflineFolder {
  /** Absolute. */
  dir: string;
  claim: ClaimedLaunch;
  file: OfflineFile;
}

/**
 * What FW_offline.json of a directory says, also a compressed one; null when there is none.
 * @throws SkyrocketError BAD_FILE when it is half-written
 */
export function readOfflineState(dir: string): OfflineFile | null {
  const path = join(dir, offlineFileName);
  const plain = readIfThere(path);
  if (plain !== null) return readOfflineFile(plain, path);
  const zipped = readBytesIfThere(`${path}.gz`);
  return zipped && readOfflineFile(unzipped(zipped, `${path}.gz`), `${path}.gz`);
}

function unzipped(bytes: Buffer, source: string): string {
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (cause) {
    throw new SkyrocketError('BAD_FILE', `${source} cannot be unpacked`, { cause });
  }
}

/** @throws SkyrocketError BAD_FILE, NOT_FOUND naming the file */
export function readOfflineFolder(dir: string): OfflineFolder {
  const path = join(dir, fireworkFileName);
  const text = readIfThere(path);
  const file = readOfflineState(dir);
  if (text === null || !file) {
    const missing = text !== null ? join(dir, offlineFileName) : path;
    throw new SkyrocketError(
      'NOT_FOUND',
      `${missing} is missing: --offline runs what "qlaunch -r" has put into a directory`,
    );
  }
  const firework = newFireworkFromDocument(parseJson(text, { source: path }));
  const launches = launchesFromDocuments(firework.launches);
  const own = launches.filter((launch) => launch.launchId === file.launchId);
  if (own.length === 0)
    throw new SkyrocketError(
      'BAD_FILE',
      `${path} has no Launch ${file.launchId}, which ${offlineFileName} names`,
    );
  const others = launches.filter((launch) => launch.launchId !== file.launchId);
  const moment = timestamp(Date.now());
  return {
    dir,
    file,
    claim: {
      launchId: file.launchId,
      firework: {
        ...{ fwId: firework.fwId, name: firework.name, spec: firework.spec, state: 'RESERVED' },
        launches: launches.map((launch) => launch.launchId),
        archivedLaunches: [],
        createdOn: firework.createdOn ?? moment,
        updatedOn: firework.updatedOn ?? moment,
      },
      launches: [...others, ...own.map((launch) => ({ ...launch, launchDir: dir }))],
    },
  };
}

/** The directories right below this one that are those of Launches, in the order of their names. */
export function findOfflineFolders(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(dir, entry.name))
    .filter((path) => existsSync(join(path, fireworkFileName)))
    .sort();
}
