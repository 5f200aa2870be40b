import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { OfflineRun } from '@skyrocket/contract/offline';
import { findOfflineChains } from '@skyrocket/queue/chain-places';
import { endedJob, endsOfJobs } from '@skyrocket/queue/ended-jobs';
import { isGivenBack, jobOf } from '@skyrocket/queue/ended-reservations';
import { type Explainer, explainLost } from '@skyrocket/queue/explain-lost';
import { openQueue, type Queue } from '@skyrocket/queue/queue';
import { readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import { type EndedRun, settleEndedRuns } from '@skyrocket/worker/offline/ended-jobs';
import { isBatchId } from '@skyrocket/worker/offline/preparing';
import { readConfiguredFWorker, type Setup } from '../program/setup.ts';
import { findAdapterFile } from '../qlaunch/open-queue.ts';

/**
 * Asks the batch system of my_qadapter.yaml why the jobs of lost Launches of this cluster's worker ended. Where there is no such
 * file, nobody can be asked here. @throws SkyrocketError BAD_CONFIGURATION, STORE_*
 */
export async function explainLostHere(setup: Setup, launchpad: LaunchPad): Promise<void> {
  const explainer = await explainerHere(setup, launchpad);
  if (explainer !== null) await explainLost(explainer);
}

/**
 * Looks after Launches without a launchpad that have told no end: those whose jobs have ended, as the batch system of
 * my_qadapter.yaml says. Those of chains are looked after with their batches. @throws SkyrocketError BAD_CONFIGURATION, QUEUE_FAILED,
 * STORE_*
 */
export async function settleEndedHere(
  setup: Setup,
  launchpad: LaunchPad,
  open: readonly OfflineRun[],
): Promise<void> {
  const folders = (await findOfflineChains(launchpad)).map(({ folder }) => `${folder}/`);
  const runs = open.filter(({ launchDir }) => !folders.some((folder) => launchDir.startsWith(folder)));
  const explainer = runs.length === 0 ? null : await explainerHere(setup, launchpad);
  if (explainer === null) return;
  const own = runs.filter((run) => run.fworker === explainer.fworker);
  const ended = await endedRuns(explainer, own);
  if (ended.length === 0) return;
  await settleEndedRuns(launchpad, setup.log, ended);
  await explainLost(explainer);
}

type ExplainerHere = Explainer & { queue: Queue };

async function explainerHere(setup: Setup, launchpad: LaunchPad): Promise<ExplainerHere | null> {
  const file = await findAdapterFile(setup, null);
  if (file === null) return null;
  const { fworker } = await readConfiguredFWorker(setup, null);
  const adapter = readQueueAdapter(file.settings, file);
  const place = { directory: setup.surroundings.directory, environment: process.env };
  return {
    ...{ launchpad, queue: openQueue(adapter, place), system: adapter.system, fworker: fworker.name },
    ...{ policy: setup.config.rerunLost, log: setup.log, random: randomUUID },
  };
}

async function endedRuns(explainer: ExplainerHere, runs: readonly OfflineRun[]): Promise<EndedRun[]> {
  const { launchpad, queue, system, policy } = explainer;
  const fwIds = runs.map(({ fwId }) => fwId);
  const { fireworks } = await launchpad.findFireworks({ fwIds, fields: 'launches' });
  const known = new Map(fireworks.map((firework) => [firework.fwId, firework]));
  const jobs = runs.flatMap((run) => {
    const firework = known.get(run.fwId);
    const launch = firework?.launchRecords.find(({ launchId }) => launchId === run.launchId);
    const jobId = launch ? jobOf(launch) : null;
    return firework && jobId !== null && !isBatchId(jobId) ? [{ run, firework, jobId }] : [];
  });
  const ends = await endsOfJobs(
    queue,
    jobs.map(({ jobId }) => jobId),
  );
  const ended: EndedRun[] = [];
  for (const { run, firework, jobId } of jobs) {
    const end = ends.get(jobId);
    if (!end) continue;
    const again = isGivenBack(firework, end, policy);
    ended.push({ run, again, ...(await endedJob({ queue, system }, jobId, end)) });
  }
  return ended;
}
