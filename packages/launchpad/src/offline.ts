import type { OfflineNews, OfflineRun } from '@skyrocket/contract/offline';
import type { ReportResult } from '@skyrocket/contract/running';
import { completeLaunches, type LaunchEnd } from '@skyrocket/model/decisions/complete-launches';
import { startOffline } from '@skyrocket/model/decisions/start-offline';
import type { LaunchId } from '@skyrocket/model/ids';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeasedLaunch, Store, View } from './store/store.ts';
import { seedsOf, tellInParts, tooLargeEnd } from './telling.ts';

/**
 * Launches that run without a launchpad (format §9). They are RESERVED for nobody, so that no lease is expected of them,
 * and are noted as offline runs until they have ended or are forgotten. What is found in their directories may be told as
 * often as it comes, also by two programs at once: a Launch begins once and ends once, and a run is closed after that.
 */

export async function registerOffline(store: Store, { launchIds }: { launchIds: LaunchId[] }): Promise<void> {
  const launches = await store.findLaunchPlaces(launchIds);
  const fwIds = launches.map((launch) => launch.fwId);
  const { fireworks } = await store.findFireworks({ fwIds, fields: 'summary' });
  const names = new Map(fireworks.map(({ fwId, name }) => [fwId, name]));
  await store.putOffline(
    launches.map(({ launchId, fwId }) => ({ launchId, fwId, name: names.get(fwId) ?? '' })),
  );
}

export async function findOffline(store: Store): Promise<{ runs: OfflineRun[] }> {
  const noted = await store.findOffline();
  const launches = await store.findLaunchPlaces(noted.map((run) => run.launchId));
  const known = new Map(launches.map((launch) => [launch.launchId, launch]));
  const runs = noted.flatMap((run): OfflineRun[] => {
    const launch = known.get(run.launchId);
    // READY: it was given back.
    return launch && launch.state !== 'READY'
      ? [{ ...run, launchDir: launch.launchDir, fworker: launch.fworker }]
      : [];
  });
  return { runs };
}

export async function tellOffline(
  store: Store,
  { runs }: { runs: OfflineNews[] },
): Promise<{ results: ReportResult[] }> {
  const { uuid } = await store.identity();
  const open = await store.findOffline(runs.map((run) => run.launchId));
  const noted = new Set(open.map((run) => run.launchId));
  const ours = runs.filter((run) => noted.has(run.launchId) && (run.launchpad ?? uuid) === uuid);
  const begun = await beginAll(
    store,
    ours.filter((run) => !run.ended),
  );
  const ended = await tellInParts(store, ours, {
    tell: (part) => endAll(store, part),
    refuse: (run, reason) => fizzle(store, run, reason),
  });
  const results = new Map<LaunchId, ReportResult>();
  for (const launchId of begun.flat()) results.set(launchId, { launchId, outcome: 'applied' });
  for (const [{ launchId }, result] of ended) if (result) results.set(launchId, result);
  const over = ours.filter((run) => run.ended || results.get(run.launchId)?.outcome === 'refused');
  await store.closeOffline(over.map((run) => run.launchId));
  return { results: runs.map((run) => results.get(run.launchId) ?? foreign(run, noted)) };
}

/** @returns the Launches that are RUNNING now, of each part */
async function beginAll(store: Store, runs: OfflineNews[]): Promise<LaunchId[][]> {
  return decideInParts(store, { key: null, seeds: seedsOf(runs), expect: 'children' }, (view, part) => {
    const wanted = new Set(part.launchIds);
    return begin(
      view,
      runs.filter((run) => wanted.has(run.launchId)),
    );
  });
}

/** @returns what has become of each; null of those that go on */
async function endAll(store: Store, runs: OfflineNews[]): Promise<(ReportResult | null)[]> {
  const decided = await store.decide<ReportResult[]>(
    { key: null, seeds: seedsOf(runs), expect: 'children', answer: () => '' },
    (view) => end(view, runs),
  );
  if (decided.repeated)
    throw new Error('what is told of offline runs has no key that could have been answered');
  const results = new Map(decided.outcome.map((result) => [result.launchId, result]));
  return runs.map((run) => results.get(run.launchId) ?? null);
}

/** What ran is kept in its directory, as every result that did not count. */
async function fizzle(store: Store, run: OfflineNews, reason: string): Promise<ReportResult | null> {
  const { ended, checkpoint: _, trackers: __, ...news } = run;
  if (!ended) return null;
  const failed = { ...news, ended: { endedOn: ended.endedOn, ...tooLargeEnd(reason) } };
  const [result = null] = await endAll(store, [failed]);
  return result?.outcome === 'refused' ? result : { launchId: run.launchId, outcome: 'refused', reason };
}

function begin(view: View, runs: OfflineNews[]) {
  const launches = runs.flatMap((run) => {
    const launch = view.launches.get(run.launchId);
    if (!launch || whyRefused(run, launch) !== null) return [];
    const { launchId, fwId, startedOn, checkpoint, trackers, pingedOn = startedOn } = run;
    const news = { ...(checkpoint && { checkpoint }), ...(trackers && { trackers }) };
    return [{ launchId, fwId, recorded: launch.state, startedOn, pingedOn, ...news }];
  });
  return withOutcome(startOffline(view.neighbourhood, { launches }), ({ running }) => running);
}

function end(view: View, runs: OfflineNews[]) {
  const refusals: ReportResult[] = [];
  const finished = runs.flatMap((run) => {
    const launch = view.launches.get(run.launchId);
    const reason = whyRefused(run, launch);
    if (reason !== null || !launch) {
      refusals.push({ launchId: run.launchId, outcome: 'refused', reason: reason ?? '' });
      return [];
    }
    if (!run.ended) return [];
    const { launchId, fwId, startedOn, checkpoint, trackers } = run;
    const news = { ...(checkpoint && { checkpoint }), ...(trackers && { trackers }) };
    return [{ launchId, fwId, recorded: launch.state, startedOn, ...run.ended, ...news }];
  });
  return withOutcome(completeLaunches(view.neighbourhood, { finished }), (ends): ReportResult[] => [
    ...refusals,
    ...ends.map(resultOf),
  ]);
}

const resultOf = (end: LaunchEnd): ReportResult =>
  end.outcome === 'late' ? { ...end, outcome: 'refused' } : end;

function whyRefused({ launchId, fwId, ended }: OfflineNews, launch: LeasedLaunch | undefined): string | null {
  if (!launch) return `Launch ${launchId} was deleted.`;
  if (launch.fwId !== fwId) return `Launch ${launchId} is one of Firework ${launch.fwId}, not of ${fwId}.`;
  if (launch.token !== null) return `Launch ${launchId} was started by a worker with a launchpad.`;
  if (!launch.active && !ended) return `Launch ${launchId} was taken back (its Firework was rerun).`;
  return null;
}

function foreign({ launchId }: OfflineNews, noted: ReadonlySet<LaunchId>): ReportResult {
  if (!noted.has(launchId)) return { launchId, outcome: 'already-applied' };
  const reason = 'it was made for another launchpad, or for this one before it was reset.';
  return { launchId, outcome: 'refused', reason };
}
