import type { FwId } from '@skyrocket/model/ids';
import { type Crew, runAndReport, startLaunches, type WorkerEnd, withCrew } from './crew.ts';
import { isOutage } from './outage.ts';
import type { StartContext } from './starting.ts';
import { type Stop, whenKilled } from './stop.ts';
import { tryUpkeep } from './upkeep.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The options of `rlaunch singleshot`. */
export interface SingleshotOptions {
  /** Exactly this Firework, whatever the worker's filter says; null: the first one that this worker may run. */
  fwId: FwId | null;
  /** Where it runs. Default: in the worker's directory. */
  place?: StartContext['place'];
}

/**
 * Runs one Firework in the worker's directory. Nothing READY is no error: then `launched` is 0.
 * @throws SkyrocketError when the launchpad cannot be reached at the start, or refuses this worker; NOT_FOUND when there
 * is no such Firework
 */
export function singleshot(
  worker: WorkerOptions,
  options: SingleshotOptions,
  stop: Stop,
): Promise<WorkerEnd> {
  return withCrew(worker, stop, async (crew) => {
    await tryUpkeep(worker);
    try {
      await runOne(crew, options);
    } catch (error) {
      if (!stop.asked.aborted || !isOutage(error)) throw error;
    }
  });
}

async function runOne(crew: Crew, { fwId, place = 'worker' }: SingleshotOptions): Promise<void> {
  const { agent, worker, stop } = crew;
  const request = { count: 1, order: worker.claimOrder, withoutTasks: [], ...(fwId !== null && { fwId }) };
  const { claims } = await agent.claim(request, stop.asked);
  if (stop.asked.aborted) return;
  for (const launch of await startLaunches(crew, claims, { place })) {
    const slot = { name: null, environment: {}, line: null, turns: { lastOver: 0 } };
    await Promise.race([runAndReport(crew, launch, slot), whenKilled(stop)]);
  }
}
