import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Heartbeat } from '@skyrocket/contract/agents';
import type {
  Claim,
  Claimed,
  LaunchReport,
  ReleaseLaunches,
  ReportResult,
  StartLaunches,
  StartResult,
} from '@skyrocket/contract/running';
import { skyrocketVersion } from '@skyrocket/contract/version';
import type { LaunchId } from '@skyrocket/model/ids';
import {
  offlineFileName,
  offlineFileText,
  pingFileName,
  pingFileText,
} from '@skyrocket/model/offline-documents';
import { declaredResources, fitsInto } from '@skyrocket/model/resources';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { failureAction, failureWithReason } from '../failure-action.ts';
import type { WorkerLaunchPad } from '../worker-options.ts';
import type { OfflineFolder } from './offline-folder.ts';
import { makeMarker, readMarker, type StartMarker, startFileName } from './start-marker.ts';
import { writeWhole } from './whole-file.ts';

/**
 * The launchpad of a worker without one: Launches that were claimed before, each in its directory with FireWorks' files.
 *
 * A Launch is started at most once: who makes the start marker FW_start.json in its directory (exclusively) may run it, and
 * whoever finds one, or `started_on` in FW_offline.json, may not. What a worker would tell a launchpad it writes into
 * FW_offline.json and FW_ping.json, each put in its place as a whole. `lpad recover_offline`, ours or that of FireWorks,
 * tells it later. A disk that is full is waited for, as a launchpad that does not answer is.
 */

interface Batch {
  folders: Map<LaunchId, OfflineFolder>;
  /** Not to be claimed again by this worker. */
  taken: Set<LaunchId>;
}

export function offlineLaunchPad(folders: readonly OfflineFolder[]): WorkerLaunchPad {
  const batch: Batch = {
    folders: new Map(folders.map((folder) => [folder.file.launchId, folder])),
    taken: new Set(),
  };
  const launchpad = {
    uuid: folders[0]?.file.launchpad ?? 'offline',
    kind: 'embedded',
    location: folders[0]?.dir ?? '',
    version: skyrocketVersion,
  } as const;
  return {
    identity: async () => launchpad,
    registerAgent: async () => ({ launchpad, leaseSeconds: 3600, heartbeatSeconds: 60 }),
    heartbeat: async (request) => keepPings(batch, request),
    claim: async (request) => claim(batch, request),
    start: async (request) => ({ results: request.starts.map((one) => start(batch, request, one)) }),
    report: async ({ reports }) => ({ results: reports.map((report) => keepReport(batch, report)) }),
    release: async (request) => giveBack(batch, request),
    signOff: async () => giveBackUnstarted(batch),
    workFor: async () => ({ ready: unstarted(batch).length > 0, later: false }),
    runtimes: async () => ({ runtimes: [] }),
    deadAgents: async () => ({ agents: [], heldByAnother: true }),
    upkeep: async () => ({ lost: [], released: [], finished: 0 }),
  };
}

const now = (): Timestamp => timestamp(performance.timeOrigin + performance.now());

const unstarted = ({ folders, taken }: Batch): OfflineFolder[] =>
  [...folders.values()].filter(
    ({ file }) => !taken.has(file.launchId) && file.startedOn === null && file.givenBack === null,
  );

function claim(batch: Batch, { count, fwId, withoutFireworks = [], resources }: Claim): Claimed {
  const suited = unstarted(batch).filter(
    ({ claim: { firework } }) =>
      (fwId === undefined || firework.fwId === fwId) &&
      !withoutFireworks.includes(firework.fwId) &&
      (!resources || fitsInto(declaredResources(firework.spec, resources.dialect), resources)),
  );
  const claimed = suited.slice(0, count);
  for (const { file } of claimed) batch.taken.add(file.launchId);
  return { claims: claimed.map((folder) => folder.claim), exhausted: suited.length <= count };
}

function start(
  { folders }: Batch,
  { host }: StartLaunches,
  { launchId, token }: StartLaunches['starts'][number],
): StartResult {
  const folder = folders.get(launchId);
  if (!folder) return { launchId, outcome: 'refused', reason: 'it is not in this batch' };
  const at = now();
  const isFirst = makeMarker(folder.dir, { token, host, pid: process.pid, at, givenBack: null });
  const marker = isFirst ? null : readMarker(folder.dir);
  if (!isFirst && marker?.token !== token)
    return { launchId, outcome: 'refused', reason: startedBefore(folder.dir, marker) };
  if (isFirst && folder.file.startedOn !== null)
    return { launchId, outcome: 'refused', reason: `it was started before (${folder.file.startedOn})` };
  keep(folder, { startedOn: folder.file.startedOn ?? marker?.at ?? at });
  return { launchId, outcome: 'started', at: folder.file.startedOn ?? at };
}

function startedBefore(dir: string, marker: StartMarker | null): string {
  if (marker?.givenBack) return `it was given back: ${marker.givenBack}`;
  const by = marker ? ` by process ${marker.pid} on ${marker.host}` : '';
  const where = join(dir, startFileName);
  return `it was started before${by}, as ${where} says; if that is of no use, rerun its Firework`;
}

function keepPings({ folders }: Batch, { pings }: Heartbeat): { takenAway: [] } {
  for (const { launchId, checkpoint } of pings) {
    const folder = folders.get(launchId);
    if (!folder || folder.file.ended) continue;
    if (checkpoint) keep(folder, { checkpoint });
    writeWhole(join(folder.dir, pingFileName), pingFileText(now()));
  }
  return { takenAway: [] };
}

function keepReport({ folders }: Batch, report: LaunchReport): ReportResult {
  const { launchId, state, action, endedOn, checkpoint } = report;
  const folder = folders.get(launchId);
  if (!folder) return { launchId, outcome: 'refused', reason: `Launch ${launchId} is not in this batch.` };
  if (folder.file.ended) return { launchId, outcome: 'already-applied' };
  keep(folder, { ended: { state, action, endedOn }, ...(checkpoint && { checkpoint }) });
  writeWhole(join(folder.dir, pingFileName), pingFileText(endedOn));
  return { launchId, outcome: 'applied' };
}

/** Nobody else can run what cannot be imported here: as in FireWorks, that is its end. */
function giveBack({ folders }: Batch, { releases }: ReleaseLaunches): { released: LaunchId[] } {
  for (const { launchId, reason, cannotImport } of releases) {
    const folder = folders.get(launchId);
    if (!folder || folder.file.ended || !maySpeakFor(folder, reason)) continue;
    if (!cannotImport) keep(folder, { givenBack: reason });
    else
      keep(folder, {
        ended: { state: 'FIZZLED', action: failureAction(failureWithReason(reason)), endedOn: now() },
      });
  }
  return { released: releases.map(({ launchId }) => launchId) };
}

/** What was never claimed is not for this job: `recover_offline` makes its Firework READY again. */
function giveBackUnstarted(batch: Batch): void {
  const reason = `the worker on ${hostname()} ended before it ran it`;
  for (const folder of unstarted(batch)) if (maySpeakFor(folder, reason)) keep(folder, { givenBack: reason });
}

/** A Launch that was not started here may be another worker's: only who has the marker may speak for it. */
function maySpeakFor({ dir, file }: OfflineFolder, givenBack: string): boolean {
  if (file.startedOn !== null) return true;
  return makeMarker(dir, { token: '', host: hostname(), pid: process.pid, at: now(), givenBack });
}

function keep(folder: OfflineFolder, news: Partial<OfflineFolder['file']>): void {
  const file = { ...folder.file, ...news };
  writeWhole(join(folder.dir, offlineFileName), offlineFileText(file));
  folder.file = file;
}
