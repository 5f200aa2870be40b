import type { AgentId } from '@skyrocket/contract/agents';
import type { ReleaseLaunches } from '@skyrocket/contract/running';
import { releaseLaunches as decideRelease, type ReleasedLaunch } from '@skyrocket/model/decisions/release';
import type { LaunchId } from '@skyrocket/model/ids';
import { decideInParts, withOutcome } from './deciding.ts';
import type { Store, View } from './store/store.ts';

type Release = ReleaseLaunches['releases'][number];

/** Gives Launches of an agent back; those that are no longer its own are passed over. */
export async function releaseLaunches(
  store: Store,
  { key, agentId, releases }: ReleaseLaunches,
): Promise<{ released: LaunchId[] }> {
  const failures = await noteImportFailures(store, releases);
  const seeds = { fwIds: [], launchIds: releases.map((release) => release.launchId) };
  const released = await decideInParts(store, { key, seeds }, (view, part) => {
    const wanted = new Set(part.launchIds);
    const launches = releases
      .filter((release) => wanted.has(release.launchId))
      .flatMap((release) => releasedLaunch(view, { release, agentId, failures }));
    return withOutcome(
      decideRelease(view.neighbourhood, { launches, now: view.now }),
      (outcome) => outcome.released,
    );
  });
  return { released: released.flat() };
}

/**
 * Reserved Launches of a worker that ended or is dead; for agents of whom it is known that they start nothing more.
 * Safe to repeat: what was given back is RESERVED no more.
 */
export async function releaseUnstarted(
  store: Store,
  { agentId, launchIds, reason }: { agentId: AgentId; launchIds: LaunchId[]; reason: string },
): Promise<LaunchId[]> {
  const seeds = { fwIds: [], launchIds };
  const released = await decideInParts(store, { key: null, seeds }, (view, part) => {
    const launches = part.launchIds
      .filter((id) => view.launches.get(id)?.state === 'RESERVED')
      .flatMap((launchId) =>
        releasedLaunch(view, { release: { launchId, reason }, agentId, failures: new Map() }),
      );
    return withOutcome(
      decideRelease(view.neighbourhood, { launches, now: view.now }),
      (outcome) => outcome.released,
    );
  });
  return released.flat();
}

/** How many different workers could not import the task, by Launch. Noting it twice is harmless. */
async function noteImportFailures(store: Store, releases: Release[]): Promise<Map<LaunchId, number>> {
  const failed = releases.filter((release) => release.cannotImport);
  const failures = new Map<LaunchId, number>();
  if (failed.length === 0) return failures;
  const launches = await store.findLaunchPlaces(failed.map((release) => release.launchId));
  const makers = new Map(launches.map((launch) => [launch.launchId, launch.fwId]));
  for (const { launchId, cannotImport } of failed) {
    const fwId = makers.get(launchId);
    if (fwId === undefined || !cannotImport) continue;
    failures.set(launchId, await store.noteImportFailure({ fwId, ...cannotImport }));
  }
  return failures;
}

function releasedLaunch(
  view: View,
  from: { release: Release; agentId: AgentId; failures: ReadonlyMap<LaunchId, number> },
): ReleasedLaunch[] {
  const { launchId, reason, cannotImport } = from.release;
  const launch = view.launches.get(launchId);
  if (!launch?.active || launch.agentId !== from.agentId) return [];
  const workers = from.failures.get(launchId);
  return [
    {
      launchId,
      fwId: launch.fwId,
      recorded: launch.state,
      reason,
      ...(cannotImport && workers !== undefined && { cannotImport: { task: cannotImport.task, workers } }),
    },
  ];
}
