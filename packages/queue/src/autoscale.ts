import type { FoundFirework } from '@skyrocket/contract/questions';
import type { LaunchRecord } from '@skyrocket/model/records';
import { secondsBetween } from '@skyrocket/model/timestamp';
import { workerFilter } from '@skyrocket/model/worker-filter';
import type { Qlaunch } from './qlaunch.ts';

/** `qlaunch infinite -m auto`: how many jobs, and how long, from what is READY and how long such Fireworks took before. */

export interface JobLimits {
  /** At most so many jobs run at once. */
  jobs: number;
  shortestSeconds: number;
  longestSeconds: number;
}

export interface JobChoice {
  jobs: number;
  seconds: number;
}

/** What a job needs beside its Fireworks, and what they may take longer than before. */
const margin = 1.25;

/**
 * Each job is long enough for the longest Firework, and for its share of all the work where all jobs that are allowed run; but
 * within the limits. Then there are as many jobs as the work needs: short jobs begin sooner, and few queue up.
 */
export function chooseJobs(secondsEach: readonly number[], limits: JobLimits): JobChoice {
  const work = secondsEach.reduce((sum, seconds) => sum + seconds, 0) * margin;
  const longest = secondsEach.reduce((most, seconds) => Math.max(most, seconds), 0) * margin;
  const wanted = Math.max(longest, work / limits.jobs);
  const seconds = Math.ceil(Math.min(Math.max(wanted, limits.shortestSeconds), limits.longestSeconds));
  const jobs = Math.min(Math.max(Math.ceil(work / seconds), 1), limits.jobs, Math.max(secondsEach.length, 1));
  return { jobs, seconds };
}

/** So many READY Fireworks, and so many Launches of the past, are looked at. */
const sampleSize = 1000;

/** How long each READY Firework may take: as 95 of 100 of its name did, and `unknownSeconds` where none has run yet. */
export async function expectedSeconds(
  { launchpad, fworker }: Pick<Qlaunch, 'launchpad' | 'fworker'>,
  unknownSeconds: number,
): Promise<number[]> {
  const ready = new Map([...workerFilter(fworker), ['state', 'READY']]);
  const [waiting, done] = await Promise.all([
    launchpad.findFireworks({ filter: ready, limit: sampleSize, fields: 'summary' }),
    launchpad.findFireworks({
      filter: new Map([['state', 'COMPLETED']]),
      sort: { field: 'updated_on', direction: 'descending' },
      limit: sampleSize,
      fields: 'launches',
    }),
  ]);
  const learnt = durationsByName(done.fireworks);
  return waiting.fireworks.map(({ name }) => percentile95(learnt.get(name) ?? []) ?? unknownSeconds);
}

function durationsByName(fireworks: readonly FoundFirework[]): Map<string, number[]> {
  const durations = new Map<string, number[]>();
  for (const { name, launchRecords } of fireworks) {
    const known = launchRecords.flatMap((launch) => secondsOf(launch) ?? []);
    durations.set(name, [...(durations.get(name) ?? []), ...known]);
  }
  return durations;
}

function secondsOf({ history }: LaunchRecord): number | null {
  const begun = history.findLast((entry) => entry.state === 'RUNNING');
  const ended = history.findLast((entry) => entry.state === 'COMPLETED');
  return begun && ended ? Math.max(0, secondsBetween(begun.createdOn, ended.createdOn)) : null;
}

function percentile95(seconds: readonly number[]): number | null {
  const sorted = seconds.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}

/** As batch systems take it: hours:minutes:seconds, of whole minutes. */
export function walltimeText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const two = (number: number) => String(number).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:00`;
}
