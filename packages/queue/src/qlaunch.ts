import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { Log } from '@skyrocket/contract/log';
import { makeDirectories } from '@skyrocket/contract/make-directories';
import type { ClaimedLaunch, ClaimOrder } from '@skyrocket/contract/running';
import { SkyrocketError } from '@skyrocket/model/errors';
import type { FwId } from '@skyrocket/model/ids';
import { offlineFiles } from '@skyrocket/model/offline-documents';
import type { FireworkRecord, FWorker } from '@skyrocket/model/records';
import { isUserMap } from '@skyrocket/model/user-data';
import type { LostPolicy } from './explain-lost.ts';
import { jobScript, nameOfJob, shellQuoted } from './job-script.ts';
import { plainPrefix, reservationTag } from './job-tags.ts';
import type { MissingJobs } from './missing-jobs.ts';
import type { Queue, Submitted } from './queue.ts';
import { type AdapterSource, type QueueAdapter, withSettings } from './queue-adapter.ts';

/** What is needed to make jobs, also without a launchpad. */
export interface JobMaking {
  log: Log;
  adapter: QueueAdapter;
  queue: Queue;
  environment: Readonly<Record<string, string | undefined>>;
  /** SUBMIT_SCRIPT_NAME. */
  scriptName: string;
  /** The moment, as FW_BLOCK_FORMAT writes it; another one each time. */
  stamp(): string;
  /** A text that nobody else has drawn. */
  random(): string;
}

/** What every way to submit jobs for Fireworks needs. */
export interface Qlaunch extends JobMaking {
  launchpad: LaunchPad;
  /** The uuid of the launchpad. */
  launchpadId: string;
  fworker: FWorker;
  order: ClaimOrder;
  /** Where the `_queueadapter` of a Firework comes from. */
  sourceOf(fwId: FwId): AdapterSource;
  host: string;
  ip: string;
  /** QUEUE_JOBNAME_MAXLEN. */
  jobNameLength: number;
  /** Since when jobs without an id are missing in listings. */
  missingJobs: MissingJobs;
  /** Which Fireworks run again by themselves when their jobs were lost. */
  policy: LostPolicy;
  /** A round of upkeep, as far as it can be done here. */
  keepUp(): Promise<void>;
}

/** Where a job is submitted from: a directory that is there, or one that is made in it for each job. */
export type Place = { directory: string } | { parent: string };

/**
 * Reserves a Firework and submits the job that will run it: the one that is named, else the first that suits the worker.
 * Null when there is none. A crash leaves a reservation without the id of its job, which `adoptReservations` finds.
 * @throws SkyrocketError QUEUE_FAILED, BAD_CONFIGURATION: then the reservation is given back, unless there may be a job
 */
export async function submitReserved(
  qlaunch: Qlaunch,
  place: Place,
  fwId: FwId | null,
): Promise<{ fwId: FwId; jobId: string } | null> {
  const { launchpad, fworker, order, host, ip } = qlaunch;
  const { reservation } = await launchpad.reserve({
    ...{ key: qlaunch.random(), fworker, order, host, ip },
    ...(fwId !== null && { fwId }),
    launchDir: baseOf(place),
  });
  if (reservation === null) return null;
  const { launchId, firework } = reservation;
  const submitted = await submitFor(qlaunch, place, reservation).catch(async (error: unknown) => {
    await giveBack(qlaunch, reservation, error instanceof Error ? error.message : String(error));
    throw error;
  });
  if (submitted.outcome !== 'submitted') {
    if (submitted.outcome === 'unknown') {
      const job = `the job of Firework ${firework.fwId}, which stays reserved; the next qlaunch looks for the job`;
      throw perhapsSubmitted(qlaunch, job, submitted.words);
    }
    await giveBack(qlaunch, reservation, submitted.words);
    throw refused(qlaunch, submitted.words);
  }
  const { jobId } = submitted;
  await launchpad.noteReservation({ launchId, reservationId: jobId });
  qlaunch.log.info(`Firework ${firework.fwId} is reserved for job ${jobId}`);
  return { fwId: firework.fwId, jobId };
}

async function submitFor(qlaunch: Qlaunch, place: Place, reservation: ClaimedLaunch): Promise<Submitted> {
  const { launchId, firework } = reservation;
  const adapter = adapterFor(qlaunch, firework);
  const directory = directoryFor(qlaunch, place, firework);
  await qlaunch.launchpad.noteReservation({ launchId, launchDir: directory });
  if (isOffline(adapter)) await prepareOffline(qlaunch, reservation, directory);
  const jobName = jobNameOf(qlaunch, firework);
  return qlaunch.queue.submit({
    ...{ directory, file: qlaunch.scriptName, count: 1 },
    text: reservedScript(qlaunch, firework, directory),
    tag: reservationTag(qlaunch.launchpadId, launchId),
    jobName: nameOfJob(adapter, { jobName }),
  });
}

/** Whether jobs run without the launchpad: format §9. */
export const isOffline = ({ rocketLaunch }: Pick<QueueAdapter, 'rocketLaunch'>): boolean =>
  /(^|\s)--offline\b/.test(rocketLaunch);

/** What the job runs is put into its directory; what it did is looked for there by `lpad recover_offline`. */
async function prepareOffline(
  { launchpad, launchpadId }: Qlaunch,
  reservation: ClaimedLaunch,
  dir: string,
): Promise<void> {
  for (const { name, text } of offlineFiles({ ...reservation, launchpad: launchpadId, dir }))
    writeFileSync(join(dir, name), text);
  await launchpad.registerOffline({ launchIds: [reservation.launchId] });
}

/** The script of the job of one Firework: format §8.4. */
export function reservedScript(qlaunch: Qlaunch, firework: FireworkRecord, directory: string): string {
  return jobScript(adapterFor(qlaunch, firework), {
    directory,
    jobName: jobNameOf(qlaunch, firework),
    options: ` --fw_id ${firework.fwId}`,
  });
}

function adapterFor({ adapter, sourceOf }: Qlaunch, { fwId, spec }: FireworkRecord): QueueAdapter {
  const own = spec.get('_queueadapter') ?? null;
  if (own === null) return adapter;
  if (!isUserMap(own)) throw sourceOf(fwId).fault('_queueadapter', 'a mapping is expected here');
  return withSettings(adapter, own, sourceOf(fwId));
}

function jobNameOf({ jobNameLength }: Qlaunch, { name }: FireworkRecord): string {
  const slug = name.replace(/[^A-Za-z0-9\-_.() ]/g, '').replaceAll(' ', '_');
  return slug.slice(0, jobNameLength) || 'FW_job';
}

function directoryFor(qlaunch: Qlaunch, place: Place, { spec }: FireworkRecord): string {
  const requested = spec.get('_launch_dir');
  if (typeof requested === 'string' && requested !== '') {
    const directory = resolve(baseOf(place), requested);
    makeDirectories(directory);
    return directory;
  }
  return 'parent' in place ? newDirectory(qlaunch, place.parent) : place.directory;
}

const baseOf = (place: Place) => ('parent' in place ? place.parent : place.directory);

/** Makes `launcher_<stamp>`. */
export function newDirectory({ stamp }: Pick<Qlaunch, 'stamp'>, parent: string): string {
  const directory = join(parent, `launcher_${stamp()}`);
  mkdirSync(directory);
  return directory;
}

async function giveBack(
  { launchpad, random }: Qlaunch,
  { launchId }: ClaimedLaunch,
  why: string,
): Promise<void> {
  const reason = `Its job was not submitted: ${why}`;
  await launchpad.cancelReservations({ key: random(), launchIds: [launchId], reason });
}

/** Submits so many jobs that will run whatever is READY then; as one array where the batch system has arrays. */
export async function submitPlain(qlaunch: Qlaunch, place: Place, count: number): Promise<string[]> {
  const { adapter, log } = qlaunch;
  const isArray = count > 1 && 'parent' in place && adapter.system.array !== null;
  if (isArray) return [await submitArray(qlaunch, place.parent, count)];
  const jobIds: string[] = [];
  for (let i = 0; i < count; i++) {
    const directory = 'parent' in place ? newDirectory(qlaunch, place.parent) : place.directory;
    const text = jobScript(adapter, { directory, jobName: null, options: '' });
    jobIds.push(await submitOne(qlaunch, { directory, file: qlaunch.scriptName, text, count: 1 }));
    log.info(`Submitted job ${jobIds.at(-1)} in ${directory}`);
  }
  return jobIds;
}

/** Each part of the array finds its directory in a list, by its number. */
async function submitArray(qlaunch: Qlaunch, parent: string, count: number): Promise<string> {
  const { adapter, log, scriptName } = qlaunch;
  const { index, first } = adapter.system.array ?? { index: '', first: 0 };
  const directories = Array.from({ length: count }, () => newDirectory(qlaunch, parent));
  const stamp = qlaunch.stamp();
  const list = join(parent, `FW_directories_${stamp}`);
  writeFileSync(list, directories.map((directory) => `${directory}\n`).join(''));
  const line = first === 1 ? `$${index}` : `$((${index} + ${1 - first}))`;
  const shell = `"$(sed -n "${line}p" ${shellQuoted(list)})"`;
  const text = jobScript(adapter, { directory: { shell }, jobName: null, options: '' });
  const file = `${stamp}_${scriptName}`;
  const jobId = await submitOne(qlaunch, { directory: parent, file, text, count });
  log.info(`Submitted an array of ${count} jobs, ${jobId}, in ${parent}`);
  return jobId;
}

async function submitOne(
  qlaunch: Qlaunch,
  job: { directory: string; file: string; text: string; count: number },
): Promise<string> {
  const { queue, adapter, launchpadId, fworker } = qlaunch;
  const tag = `${plainPrefix(launchpadId, fworker)}${qlaunch.random().slice(0, 8)}`;
  const submitted = await queue.submit({ ...job, tag, jobName: nameOfJob(adapter, { jobName: null }) });
  if (submitted.outcome === 'submitted') return submitted.jobId;
  if (submitted.outcome === 'unknown') {
    const then = 'the next qlaunch counts it if it is in the queue';
    throw perhapsSubmitted(qlaunch, `the job (${then})`, submitted.words);
  }
  throw refused(qlaunch, submitted.words);
}

function refused({ adapter }: Qlaunch, words: string): SkyrocketError {
  return new SkyrocketError('QUEUE_FAILED', `${adapter.system.name} did not take the job: ${words}`);
}

function perhapsSubmitted({ adapter }: Qlaunch, job: string, words: string): SkyrocketError {
  return new SkyrocketError(
    'QUEUE_FAILED',
    `${adapter.system.name} did not say whether it took ${job}: ${words}`,
  );
}
