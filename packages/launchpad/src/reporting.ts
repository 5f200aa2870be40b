import type { LaunchReport, ReportLaunches, ReportResult } from '@skyrocket/contract/running';
import type { Decision } from '@skyrocket/model/change';
import {
  completeLaunches,
  type FinishedLaunch,
  type LaunchEnd,
} from '@skyrocket/model/decisions/complete-launches';
import { withOutcome } from './deciding.ts';
import type { LeasedLaunch, Store, View } from './store/store.ts';
import { seedsOf, tellInParts, tooLargeEnd } from './telling.ts';

/**
 * Applies results of Launches, each once. A report counts only with the launchpad's uuid and the token of the Launch's
 * start, so that it cannot be taken for one of another launchpad, or of an id that was given again. One that is too large
 * for the store FIZZLES its Launch.
 */
export async function reportLaunches(
  store: Store,
  { reports }: ReportLaunches,
): Promise<{ results: ReportResult[] }> {
  const { uuid } = await store.identity();
  const ours = reports.filter((report) => report.launchpad === uuid);
  const results = new Map(
    await tellInParts(store, ours, {
      tell: (part) => reportAll(store, part),
      refuse: (report, reason) => fizzle(store, report, reason),
    }),
  );
  return { results: reports.map((report) => results.get(report) ?? refused(report, fromElsewhere)) };
}

async function reportAll(store: Store, reports: LaunchReport[]): Promise<ReportResult[]> {
  const decided = await store.decide<Judged>(
    { key: null, seeds: seedsOf(reports), expect: 'children', answer: () => '' },
    (view) => judge(view, reports),
  );
  if (decided.repeated) throw new Error('a report has no key that could have been answered');
  const results = new Map(decided.outcome);
  return reports.map((report) => results.get(report) ?? refused(report, 'it was not judged'));
}

type Judged = [LaunchReport, ReportResult][];

/** The worker keeps what it told beside the launch directory, as of every report that did not count. */
async function fizzle(store: Store, report: LaunchReport, reason: string): Promise<ReportResult> {
  const { launchpad, launchId, token, endedOn } = report;
  const failed = { launchpad, launchId, token, endedOn, ...tooLargeEnd(reason) };
  const [result] = await reportAll(store, [failed]);
  return result?.outcome === 'refused' ? result : refused(report, reason);
}

const fromElsewhere = 'it was made for another launchpad, or for this one before it was reset.';

function judge(view: View, reports: LaunchReport[]): Decision<Judged> {
  const refusals = new Map<LaunchReport, ReportResult>();
  const admitted: LaunchReport[] = [];
  const finished: FinishedLaunch[] = [];
  for (const report of reports) {
    const launch = view.launches.get(report.launchId);
    const reason = whyRefused(report, launch);
    if (reason === null && launch) {
      admitted.push(report);
      finished.push({ fwId: launch.fwId, recorded: launch.state, ...report });
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
