import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import type { OfflineRun } from '@skyrocket/contract/offline';
import type { ClaimOrder } from '@skyrocket/contract/running';
import { reasonOf } from '@skyrocket/contract/system-error';
import type { FWorker } from '@skyrocket/model/records';
import { workerFilter } from '@skyrocket/model/worker-filter';
import { formatStamp } from '../launch-directory.ts';
import {
  batchesFolder,
  forgetOffered,
  forgetTaken,
  isTaken,
  noteWhetherOver,
  offerAgain,
  offerBatch,
  offeredBatches,
  type TakenBatch,
  takenBatches,
  withdrawn,
} from './batches.ts';
import { type EndedJob, lostRun, saidOf } from './ended-jobs.ts';
import { markGivenBack } from './giving-back.ts';
import { lookAt } from './looking.ts';
import { readOfflineFolder } from './offline-folder.ts';
import { noteBatchId, prepareBatch } from './preparing.ts';

/** What the login node does for a chain whose jobs have no launchpad: see the essay in `batches.ts`. */
export interface Tending {
  launchpad: LaunchPad;
  log: Log;
  /** The folder of the batches; absolute. */
  folder: string;
  fworker: FWorker;
  order: ClaimOrder;
  /** FW_BLOCK_FORMAT. */
  blockFormat: string;
  /** How many batches are to be there that no job has taken; 0: none, since the chain has stopped. */
  offers: number;
  /** Fireworks in a batch, at most. */
  batchSize: number;
  /** How a job ended; null when it has not, or nothing is known of it. */
  endOf(jobId: string): Promise<EndedJob | null>;
}

/**
 * Looks after the batches of jobs that have ended, takes back what nobody will take, or prepares more, and notes whether the
 * work is over. Two that do it at once do no harm: some more Fireworks may be reserved then. Resolves to whether Launches were lost.
 * @throws SkyrocketError STORE_*, when the launchpad does not answer or the folder cannot be written
 */
export async function tendBatches(tending: Tending): Promise<boolean> {
  const { folder, offers } = tending;
  const open = await openBatches(tending);
  await offerForgotten(tending, open);
  let lost = 0;
  const settleAll = async () => {
    for (const taken of takenBatches(folder))
      lost += await settle(tending, taken, open.get(taken.batch) ?? []);
  };
  await settleAll();
  if (offers === 0) {
    for (const batch of offeredBatches(folder)) isTaken(folder, { batch, jobId: withdrawn });
    await settleAll();
  }
  for (const batch of offeredBatches(folder)) if (!open.has(batch)) forgetOffered(folder, batch);
  const prepared = await prepareMore(tending);
  const isWork = async () => {
    const { ready, later } = await tending.launchpad.workFor({ fworker: tending.fworker });
    return ready || later;
  };
  noteWhetherOver(folder, open.size + prepared === 0 && !(await isWork()));
  return lost > 0;
}

/** Launches that are neither recovered nor given back, by their batch. */
async function openBatches({ launchpad, folder }: Tending): Promise<Map<string, OfflineRun[]>> {
  const open = new Map<string, OfflineRun[]>();
  for (const run of (await launchpad.findOffline()).runs) {
    const [batch = '', ...rest] = relative(batchesFolder(folder), run.launchDir).split(sep);
    if (batch === '..' || rest.length !== 1) continue;
    open.set(batch, [...(open.get(batch) ?? []), run]);
  }
  return open;
}

/** To prepare a batch takes no longer than this, in milliseconds. */
const preparingMilliseconds = 60_000;

async function offerForgotten(
  { folder, launchpad }: Tending,
  open: ReadonlyMap<string, OfflineRun[]>,
): Promise<void> {
  // In this order: a batch that is taken meanwhile is seen here or there.
  const known = new Set([...offeredBatches(folder), ...takenBatches(folder).map(({ batch }) => batch)]);
  for (const [batch, runs] of open) {
    const directory = statSync(join(batchesFolder(folder), batch), { throwIfNoEntry: false });
    if (!directory || known.has(batch) || Date.now() - directory.mtimeMs <= preparingMilliseconds) continue;
    // Before a job can take it: who prepared it may not have come so far, and reservations without a job are given back.
    await noteBatchId(
      launchpad,
      runs.map((run) => run.launchId),
    );
    offerBatch(folder, batch);
  }
}

/** Ends what a job has left behind that has ended. Resolves to the number of Launches that were lost. */
async function settle(tending: Tending, taken: TakenBatch, runs: readonly OfflineRun[]): Promise<number> {
  const { folder, endOf, log } = tending;
  if (runs.length === 0) {
    forgetTaken(folder, taken);
    return 0;
  }
  const isWithdrawn = taken.jobId === withdrawn;
  const job = isWithdrawn ? null : await endOf(taken.jobId);
  if (!isWithdrawn && job === null) return 0;
  // Looked at now: the job wrote nothing after its end.
  const found = runs.map((run) => ({ run, found: lookAt(run) }));
  const ofKind = (...kinds: string[]) =>
    found.flatMap((one) => (kinds.includes(one.found.kind) ? [one.run] : []));
  if (job === null) {
    await giveBack(tending, ofKind('waits', 'given back'));
    return 0;
  }
  const lost = found.flatMap((one) =>
    one.found.kind === 'news' && !one.found.news.ended ? [lostRun(one.found.news, job)] : [],
  );
  if (lost.length > 0) {
    log.warn(`Fireworks ${lost.map(({ fwId }) => fwId).join(', ')} are lost: ${saidOf(job)}`);
    await tending.launchpad.tellOffline({ runs: lost });
  }
  if (ofKind('waits').some((run) => isRunnable(run, log))) offerAgain(folder, taken);
  return lost.length;
}

/** What no job can read is not offered for ever: it stays as it is, for the user. */
function isRunnable({ fwId, launchDir }: OfflineRun, log: Log): boolean {
  try {
    readOfflineFolder(launchDir);
    return true;
  } catch (error) {
    log.error(`Firework ${fwId} is left as it is: ${reasonOf(error)}`);
    return false;
  }
}

/** Its marker keeps everybody from running a Launch that is given back. */
async function giveBack({ launchpad }: Tending, runs: readonly OfflineRun[]): Promise<void> {
  const reason = 'its chain has stopped';
  const launchIds = runs.filter((run) => markGivenBack(run, reason)).map((run) => run.launchId);
  if (launchIds.length > 0) await launchpad.cancelReservations({ key: randomUUID(), launchIds, reason });
}

/** Resolves to the number of batches that were prepared. All jobs get a share of what is READY. */
async function prepareMore(tending: Tending): Promise<number> {
  const { launchpad, folder, fworker, order, blockFormat, offers, batchSize } = tending;
  const wanted = offers - offeredBatches(folder).length;
  if (wanted <= 0) return 0;
  const filter = new Map([...workerFilter(fworker), ['state', 'READY']]);
  const { fireworks } = await launchpad.findFireworks({ filter, limit: wanted * batchSize, fields: 'ids' });
  const size = Math.ceil(fireworks.length / wanted);
  let prepared = 0;
  while (size > 0 && prepared < wanted) {
    const batch = `batch_${formatStamp(blockFormat, Date.now() * 1000)}_${randomUUID().slice(0, 6)}`;
    const directory = join(batchesFolder(folder), batch);
    makeDirectories(directory);
    const dirs = await prepareBatch({ launchpad, fworker, order, count: size, directory, blockFormat });
    if (dirs.length === 0) break;
    offerBatch(folder, batch);
    prepared++;
  }
  return prepared;
}
