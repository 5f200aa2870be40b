import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { OfflineRun } from '@skyrocket/contract/offline';
import type { FwId, LaunchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import { lookAt } from './looking.ts';
import { makeMarker, readMarker } from './start-marker.ts';

type GivingBack = Pick<LaunchPad, 'findOffline' | 'cancelReservations'>;

/** What became of reservations that were to be given back. */
export interface GivenBack {
  cancelled: LaunchId[];
  /** Those that run without the launchpad, and have begun or may have, each with a sentence. */
  kept: { fwId: FwId; why: string }[];
}

/**
 * Gives reserved Launches back. Whether one that runs without the launchpad has begun, only its directory tells; and a marker in
 * it keeps a job that comes later from running it. @throws SkyrocketError STORE_*
 */
export async function giveReservationsBack(
  launchpad: GivingBack,
  launchIds: readonly LaunchId[],
  reason: string,
): Promise<GivenBack> {
  const wanted = new Set(launchIds);
  const runs = (await launchpad.findOffline()).runs.filter((run) => wanted.has(run.launchId));
  const offline = new Set(runs.map((run) => run.launchId));
  const others = launchIds.filter((launchId) => !offline.has(launchId));
  return giveRunsBack(launchpad, { runs, others }, reason);
}

/** The same, where it is known which of them run without the launchpad, and which others do not. */
export async function giveRunsBack(
  launchpad: Pick<LaunchPad, 'cancelReservations'>,
  { runs, others }: { runs: readonly OfflineRun[]; others: readonly LaunchId[] },
  reason: string,
): Promise<GivenBack> {
  const kept = runs.flatMap((run) => {
    const why = whyKept(run, reason);
    return why === null ? [] : [{ run, why }];
  });
  const stay = new Set(kept.map(({ run }) => run.launchId));
  const marked = runs.flatMap(({ launchId }) => (stay.has(launchId) ? [] : [launchId]));
  const request = { key: randomUUID(), launchIds: [...others, ...marked], reason };
  const { cancelled } = await launchpad.cancelReservations(request);
  return { cancelled, kept: kept.map(({ run: { fwId }, why }) => ({ fwId, why })) };
}

function whyKept(run: OfflineRun, reason: string): string | null {
  // No job can begin where it is gone.
  if (!existsSync(run.launchDir)) return null;
  const found = lookAt(run);
  if (found.kind === 'unreadable') return found.reason;
  if (found.kind === 'news' || !markGivenBack(run, reason))
    return `it has begun in ${run.launchDir}; lpad recover_offline tells what it did`;
  return null;
}

/** False when a job has begun it. @throws SkyrocketError STORE_FULL when the marker cannot be written */
export function markGivenBack({ launchDir }: OfflineRun, reason: string): boolean {
  const own = { token: '', host: hostname(), pid: process.pid, at: timestamp(Date.now()) };
  const isOurs = makeMarker(launchDir, { ...own, givenBack: reason });
  return isOurs || (readMarker(launchDir)?.givenBack ?? null) !== null;
}
