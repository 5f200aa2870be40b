import type { LaunchReport, ReportLaunches, ReportResult } from '@skyrocket/contract/running';
import type { Decision } from '@skyrocket/model/change';
import {
  completeLaunches,
  type FinishedLaunch,
  type LaunchEnd,
} from '@skyrocket/model/decisions/complete-launches';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { exceptionDocument, failedAction } from '@skyrocket/model/failed-action';
import { withOutcome } from './deciding.ts';
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
  const results = new Map<LaunchReport, ReportResult>();
  if (ours.length > 0) {
    for (const { seeds } of await store.parts(seedsOf(ours))) {
      const wanted = new Set(seeds.launchIds);
      const part = ours.filter(({ launchId }) => wanted.has(launchId));
      for (const [report, result] of await reportTogether(store, part)) results.set(report, result);
    }
  }
  return { results: reports.map((report) => results.get(report) ?? refused(report, fromElsewhere)) };
}

type Judged = [LaunchReport, ReportResult][];

const seedsOf = (reports: readonly LaunchReport[]) => ({
  fwIds: [],
  launchIds: [...new Set(reports.map((report) => report.launchId))],
});

/**
 * What the store cannot keep must not hold back what others tell: where all of it is too much, it is told in halves, and
 * a single report that is too large FIZZLES its own Launch.
 */
async function reportTogether(store: Store, reports: LaunchReport[]): Promise<Judged> {
  try {
    return await reportAll(store, reports);
  } catch (error) {
    if (!isSkyrocketError(error) || error.code !== 'TOO_LARGE') throw error;
    const [first, ...others] = reports;
    if (!first) return [];
    if (others.length === 0) return [[first, await fizzle(store, first, error.message)]];
    const half = Math.ceil(reports.length / 2);
    const before = await reportTogether(store, reports.slice(0, half));
    return [...before, ...(await reportTogether(store, reports.slice(half)))];
  }
}

async function reportAll(store: Store, reports: LaunchReport[]): Promise<Judged> {
  const decided = await store.decide<Judged>(
    { key: null, seeds: seedsOf(reports), expect: 'children', answer: () => '' },
    (view) => judge(view, reports),
  );
  if (decided.repeated) throw new Error('a report has no key that could have been answered');
  return decided.outcome;
}

/** The worker keeps what it told beside the launch directory, as of every report that did not count. */
async function fizzle(store: Store, report: LaunchReport, reason: string): Promise<ReportResult> {
  const { launchpad, launchId, token, endedOn } = report;
  const action = failedAction({ message: reason, task: null, exception: exceptionDocument(reason) });
  const failed = { launchpad, launchId, token, endedOn, state: 'FIZZLED', action } as const;
  const [[, result] = []] = await reportAll(store, [failed]);
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
