import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OfflineNews, OfflineRun } from '@skyrocket/contract/offline';
import { reasonOf } from '@skyrocket/contract/system-error';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { trackersOf } from '@skyrocket/model/launch-document';
import { parseJson } from '@skyrocket/model/lossless-json';
import {
  fireworkFileName,
  type OfflineFile,
  pingFileName,
  readPingFile,
} from '@skyrocket/model/offline-documents';
import type { TrackerRecord } from '@skyrocket/model/records';
import { newFireworkFromDocument } from '@skyrocket/model/workflow-document';
import { listJournals, parseJournal } from '../journal-reading.ts';
import { readTrackers } from '../trackers.ts';
import { readOfflineState } from './offline-folder.ts';
import { offlineSpool } from './open-batch.ts';
import { readMarker } from './start-marker.ts';
import { readIfThere } from './whole-file.ts';

/** What the directory of an offline Launch tells. */
export type Found =
  | { kind: 'waits' }
  | { kind: 'news'; news: OfflineNews }
  | { kind: 'given back'; reason: string }
  | { kind: 'unreadable'; reason: string };

/** Reads the directory of an offline Launch, and decides nothing. */
export function lookAt(run: OfflineRun): Found {
  try {
    return readDirectory(run);
  } catch (error) {
    return { kind: 'unreadable', reason: reasonOf(error) };
  }
}

function readDirectory(run: OfflineRun): Found {
  const { launchId, fwId, launchDir } = run;
  const file = readOfflineState(launchDir);
  if (!file) return { kind: 'unreadable', reason: `there is no FW_offline.json in ${launchDir}` };
  if (file.launchId !== launchId) {
    const reason = `FW_offline.json in ${launchDir} is that of Launch ${file.launchId}, not of ${launchId}`;
    return { kind: 'unreadable', reason };
  }
  const marker = file.startedOn === null && !file.ended ? readMarker(launchDir) : null;
  const givenBack = file.givenBack ?? marker?.givenBack ?? null;
  if (givenBack !== null && !file.ended) return { kind: 'given back', reason: givenBack };
  const startedOn = file.startedOn ?? marker?.at ?? null;
  if (startedOn === null) return { kind: 'waits' };
  const ended = file.ended ?? endInJournal(run);
  // Its last sign of life is its end.
  const pingedOn = ended ? null : pingOf(launchDir);
  const trackers = trackersIn(launchDir);
  const news: OfflineNews = {
    ...(file.launchpad !== null && { launchpad: file.launchpad }),
    ...{ launchId, fwId, startedOn },
    ...(pingedOn && { pingedOn }),
    ...(file.checkpoint && { checkpoint: file.checkpoint }),
    ...(trackers.length > 0 && { trackers: readTrackers(trackers, launchDir) }),
    ...(ended && { ended }),
  };
  return { kind: 'news', news };
}

/** Specs may be large, and most have none. */
function trackersIn(launchDir: string): TrackerRecord[] {
  const path = join(launchDir, fireworkFileName);
  const text = readIfThere(path) ?? '';
  if (!text.includes('"_trackers"')) return [];
  return trackersOf(newFireworkFromDocument(parseJson(text, { source: path })).spec);
}

function pingOf(launchDir: string) {
  const path = join(launchDir, pingFileName);
  try {
    const text = readIfThere(path);
    return text === null ? null : readPingFile(text, path);
  } catch (error) {
    // A later ping tells it.
    if (isSkyrocketError(error)) return null;
    throw error;
  }
}

/** A worker that was killed right after its tasks has the result in its journal only. */
function endInJournal({ launchDir, launchId }: OfflineRun): OfflineFile['ended'] {
  for (const folder of [launchDir, dirname(launchDir)]) {
    for (const path of listJournals(offlineSpool(folder))) {
      const untold = parseJournal(path, readFileSync(path, 'utf8'))?.untold ?? [];
      const report = untold.map((entry) => entry.report).find((one) => one.launchId === launchId);
      if (report) return { state: report.state, action: report.action, endedOn: report.endedOn };
    }
  }
  return null;
}
