import type { LostRuns, Maintenance } from '@skyrocket/contract/maintenance';
import { fizzleLostLaunches, type LostLaunch } from '@skyrocket/model/decisions/lost-launches';
import type { LaunchId } from '@skyrocket/model/ids';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeaseTerms } from './lease-terms.ts';
import type { SilentLaunch } from './store/maintenance-store.ts';
import type { Store } from './store/store.ts';

/**
 * Runs that are lost by FireWorks' rule: their worker has not touched the RUNNING entry of their history for so long
 * (format §13). It is for Launches of other programs; a living agent's are left to its lease, since it may be cut off from
 * the launchpad and come back.
 */
export async function findSilent(
  store: Store,
  terms: LeaseTerms,
  silentSeconds: number,
): Promise<SilentLaunch[]> {
  return withoutLease(store, terms, await store.findSilentLaunches({ silentSeconds }));
}

/** Those of some Launches that no living agent holds. */
export async function withoutLease<Launch extends Pick<SilentLaunch, 'agentId'>>(
  store: Store,
  { leaseSeconds }: LeaseTerms,
  launches: Launch[],
): Promise<Launch[]> {
  if (launches.every(({ agentId }) => agentId === null)) return launches;
  const agents = await store.findAgents();
  const living = new Set(
    agents.filter((agent) => agent.silentSeconds <= leaseSeconds).map((agent) => agent.agentId),
  );
  return launches.filter(({ agentId }) => agentId === null || !living.has(agentId));
}

export async function findLostRuns(
  store: Store,
  terms: LeaseTerms,
  silentSeconds: number,
): Promise<LostRuns> {
  const [lost, inconsistent] = await Promise.all([
    findSilent(store, terms, silentSeconds),
    store.findInconsistent(),
  ]);
  return { launches: lost.map(({ agentId: _agentId, ...launch }) => launch), inconsistent };
}

export interface Silence {
  /** Null: repeating finds nothing more to do. */
  key: string | null;
  /** Those that are asked about: a call that is repeated with its key is about the same ones, whatever is silent by then. */
  launchIds: LaunchId[];
  silent: SilentLaunch[];
  afterwards: 'stop' | 'rerun';
}

/** Makes silent Launches FIZZLED, as far as they are RUNNING still. */
export async function declareSilentLost(
  store: Store,
  { key, launchIds, silent, afterwards }: Silence,
): ReturnType<Maintenance['declareLost']> {
  const heardOn = new Map(silent.map((launch) => [launch.launchId, launch.heardOn]));
  const lost = await decideInParts(store, { key, seeds: { fwIds: [], launchIds } }, (view, part) => {
    const launches = part.launchIds.flatMap((launchId): LostLaunch[] => {
      const launch = view.launches.get(launchId);
      const heard = heardOn.get(launchId);
      if (!launch?.active || heard === undefined) return [];
      const { fwId, state } = launch;
      const reason = `Nothing was heard of its worker since ${heard}.`;
      return [{ launchId, fwId, recorded: state, reason, afterwards }];
    });
    const decision = fizzleLostLaunches(view.neighbourhood, { launches, now: view.now });
    return withOutcome(decision, (outcome) => outcome.lost);
  });
  return { lost: lost.flat() };
}
