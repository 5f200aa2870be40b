import type { LaunchReport, ReportLaunches, ReportResult } from '@skyrocket/contract/launchpad';
import type { Decision } from '@skyrocket/model/change';
import {
  completeLaunches,
  type FinishedLaunch,
  type LaunchEnd,
} from '@skyrocket/model/decisions/complete-launches';
import { decideInParts, withOutcome } from './deciding.ts';
import type { LeasedLaunch, Store, View } from './store/store.ts';

/**
 * Applies results of Launches, each once. A report counts only with the launchpad's uuid and the token of the Launch's
 * start, so that it cannot be taken for one of another launchpad, or of an id that was given again.
 */
export async function reportLaunches(
  store: Store,
  { reports }: ReportLaunches,
): Promise<{ results: ReportResult[] }> {
  const { uuid } = await store.identity();
  const ours = reports.filter((report) => report.launchpad === uuid);
  const launchIds = [...new Set(ours.map((report) => report.launchId))];
  const seeds = { fwIds: [], launchIds };
  const judged = await decideInParts(store, { key: null, seeds, expect: 'children' }, (view, part) => {
    const wanted = new Set(part.launchIds);
    return judge(
      view,
      ours.filter((report) => wanted.has(report.launchId)),
    );
  });
  const results = new Map(judged.flat());
  return { results: reports.map((report) => results.get(report) ?? refused(report, fromElsewhere)) };
}

const fromElsewhere = 'it was made for another launchpad, or for this one before it was reset.';

function judge(view: View, reports: LaunchReport[]): Decision<[LaunchReport, ReportResult][]> {
  const refusals = new Map<LaunchReport, ReportResult>();
  const admitted: LaunchReport[] = [];
  const finished: FinishedLaunch[] = [];
  for (const report of reports) {
    const launch = view.launches.get(report.launchId);
    const reason = whyRefused(report, launch);
    if (reason === null && launch) {
      admitted.push(report);
      finished.push({ ...report, fwId: launch.fwId, recorded: launch.state });
    } else {
      refusals.set(report, refused(report, reason ?? ''));
    }
  }
  return withOutcome(completeLaunches(view.neighbourhood, { finished }), (ends) => [
    ...refusals,
    ...ends.map((end, index): [LaunchReport, ReportResult] => {
      const report = admitted[index];
      if (!report) throw new Error('more Launches ended than were reported');
      return [report, resultOf(end)];
    }),
  ]);
}

function whyRefused(report: LaunchReport, launch: LeasedLaunch | undefined): string | null {
  if (!launch) return `Launch ${report.launchId} was deleted.`;
  return launch.token === report.token ? null : `Launch ${report.launchId} was started by another worker.`;
}

/** What came too late is kept with the Launch, but for the worker it is refused: it did not count. */
function resultOf(end: LaunchEnd): ReportResult {
  return end.outcome === 'late' ? { ...end, outcome: 'refused' } : end;
}

function refused({ launchId }: LaunchReport, reason: string): ReportResult {
  return { launchId, outcome: 'refused', reason };
}
