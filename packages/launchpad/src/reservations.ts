import type { CancelReservations, Reserve } from '@skyrocket/contract/reservations';
import type { ClaimedLaunch } from '@skyrocket/contract/running';
import { releaseLaunches } from '@skyrocket/model/decisions/release';
import type { LaunchId } from '@skyrocket/model/ids';
import { claimFireworks } from './claiming.ts';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeaseTerms } from './lease-terms.ts';
import { withoutLease } from './lost-runs.ts';
import type { Store } from './store/store.ts';

/** Claims a Firework for a job that is about to be submitted. Duplicates are passed over: those that were taken over need no job. */
export async function reserveFirework(
  store: Store,
  terms: LeaseTerms,
  { key, fworker, order, fwId, host, ip, launchDir, owner }: Reserve,
): Promise<{ reservation: ClaimedLaunch | null }> {
  for (let attempt = 0; ; attempt++) {
    const { claims, taken } = await claimFireworks(store, terms, {
      ...{ key: attempt === 0 ? key : `${key}/${attempt}`, fworker, order },
      ...(fwId !== undefined && { fwId }),
      ...(owner !== undefined && { owner }),
      ...{ agentId: null, submittedFrom: { host, ip, launchDir }, count: 1, withoutTasks: [] },
    });
    const [reservation = null] = claims;
    if (reservation !== null || taken === 0 || fwId !== undefined) return { reservation };
  }
}

/** Gives Launches back that are RESERVED. One whose worker is about to start it is told so by the refused start. */
export async function cancelReservations(
  store: Store,
  { key, launchIds, reason }: Omit<CancelReservations, 'key'> & { key: string | null },
): Promise<{ cancelled: LaunchId[] }> {
  const cancelled = await decideInParts(store, { key, seeds: { fwIds: [], launchIds } }, (view, part) => {
    const launches = part.launchIds.flatMap((launchId) => {
      const launch = view.launches.get(launchId);
      if (!launch?.active || launch.state !== 'RESERVED') return [];
      return [{ launchId, fwId: launch.fwId, recorded: launch.state, reason }];
    });
    return withOutcome(
      releaseLaunches(view.neighbourhood, { launches, now: view.now }),
      (outcome) => outcome.released,
    );
  });
  return { cancelled: cancelled.flat() };
}

/**
 * Gives back what is RESERVED for too long, as FireWorks does (format §13): the batch system is not asked, so a job may
 * still come, and then claims its Firework if that is free. Nothing can be known of a run without a launchpad, which may
 * have ended: that is left to those who recover it. What an agent claimed is judged by its lease.
 */
export async function cancelStaleReservations(store: Store, terms: LeaseTerms): Promise<LaunchId[]> {
  const olderThanSeconds = terms.reservationExpirationSeconds;
  const stale = await withoutLease(store, terms, await store.findStaleReservations({ olderThanSeconds }));
  if (stale.length === 0) return [];
  const offline = new Set((await store.findOffline()).map(({ launchId }) => launchId));
  const launchIds = stale.map(({ launchId }) => launchId).filter((id) => !offline.has(id));
  const reason = 'The reservation stood for too long.';
  return (await cancelReservations(store, { key: null, launchIds, reason })).cancelled;
}
