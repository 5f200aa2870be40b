import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { noQueueAdapterFile, type QueueAdapterFile } from '@skyrocket/client/qadapter-file';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { openMissingJobs } from '@skyrocket/queue/missing-jobs';
import { isOffline, type JobMaking, type Qlaunch } from '@skyrocket/queue/qlaunch';
import { openQueue } from '@skyrocket/queue/queue';
import { type AdapterSource, type QueueAdapter, readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import { formatStamp } from '@skyrocket/worker/launch-directory';
import { pauseFor } from '@skyrocket/worker/outage';
import { createStop, stopOnSignals, stopSignal } from '@skyrocket/worker/stop';
import { thisHost } from '@skyrocket/worker/this-host';
import { tryUpkeep } from '@skyrocket/worker/upkeep';
import { openConfiguredLaunchPad, readConfiguredFWorker } from '../program/setup.ts';
import type { QlaunchContext } from './context.ts';
import { findAdapterFile } from './open-queue.ts';

/** A way to submit jobs, once. */
export type Work<Needed = Qlaunch> = (needed: Needed, stop: AbortSignal) => Promise<void>;

/**
 * Submits jobs, once or again and again, until a signal asks to stop. Resolves to the exit code: 0, or 128 + signal.
 * @throws SkyrocketError BAD_CONFIGURATION, QUEUE_FAILED, STORE_*; what the work throws
 */
export async function runQlaunch(
  context: QlaunchContext,
  work: Work,
  kind: JobKind = 'for Fireworks',
): Promise<number> {
  const { file, making } = await readJobMaking(context);
  refuseDisagreement(context, kind, { file, adapter: making.adapter });
  const { fworker } = await readConfiguredFWorker(context, context.files.fworkerFile);
  const launchpad = await openConfiguredLaunchPad(context);
  try {
    const { uuid } = await launchpad.identity();
    const missingJobs = openMissingJobs(join(context.config.spoolDirectory, `missing-jobs-${uuid}.json`));
    const own = { launchpad, launchpadId: uuid, fworker, sourceOf: sourcesOf(file), missingJobs };
    const { log, config } = context;
    const spool = config.spoolDirectory;
    const tending = {
      policy: config.rerunLost,
      keepUp: async () => void (await tryUpkeep({ launchpad, log, spool })),
    };
    const qlaunch = { ...making, ...own, ...tending, ...ordersOf(context) };
    return await untilSignal((stop) => repeat(context, stop, () => work(qlaunch, stop)));
  } finally {
    await launchpad.close();
  }
}

/** What a job does that has no launchpad, until a signal asks to stop. @throws as `runQlaunch` */
export async function runWithoutLaunchPad(context: QlaunchContext, work: Work<JobMaking>): Promise<number> {
  const { making } = await readJobMaking(context);
  return untilSignal((stop) => work(making, stop));
}

async function readJobMaking(
  context: QlaunchContext,
): Promise<{ file: QueueAdapterFile; making: JobMaking }> {
  refuseMissingDirectory(context);
  const file = await findAdapterFile(context, context.files.queueAdapterFile);
  if (file === null) throw noQueueAdapterFile();
  const adapter = readQueueAdapter(file.settings, file);
  for (const warning of adapter.warnings) context.log.warn(warning);
  const queue = openQueue(adapter, { directory: context.launchDir, environment: process.env });
  return { file, making: { adapter, queue, ...surroundingsOf(context) } };
}

/** Resolves to 0, or to 128 + the signal that asked to stop. */
export async function untilSignal(work: (stop: AbortSignal) => Promise<void>): Promise<number> {
  const stop = createStop();
  const letSignalsBe = stopOnSignals(stop);
  try {
    await work(stop.asked);
  } finally {
    letSignalsBe();
  }
  const signal = stopSignal(stop);
  return signal === null ? 0 : 128 + constants.signals[signal];
}

/** A daemon goes on after an error of the world: it may be over when the work is done the next time. */
export async function repeat(
  context: QlaunchContext,
  stop: AbortSignal,
  once: () => Promise<void>,
): Promise<void> {
  const { daemonSeconds, log } = context;
  for (;;) {
    try {
      await once();
    } catch (error) {
      if (daemonSeconds === 0 || !isSkyrocketError(error) || error.exitCode === 2) throw error;
      log.error(error.message);
    }
    if (daemonSeconds === 0 || stop.aborted) return;
    log.info(`Sleeping for ${daemonSeconds} secs`);
    await pauseFor(daemonSeconds * 1000, stop);
  }
}

function refuseMissingDirectory({ launchDir }: QlaunchContext): void {
  if (statSync(launchDir, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new SkyrocketError('BAD_CONFIGURATION', `--launch_dir: ${launchDir} is no directory; make it first`);
}

/** Which jobs are submitted: for Fireworks, or those of a chain. */
export type JobKind = 'for Fireworks' | 'of a chain';

/** Mode and `rocket_launch` must agree: format §8.4. */
function refuseDisagreement(
  { mode }: QlaunchContext,
  kind: JobKind,
  { file, adapter }: { file: QueueAdapterFile; adapter: QueueAdapter },
): void {
  const isSingle = /\bsingleshot\b/.test(adapter.rocketLaunch);
  if (mode === 'reserve' && !isSingle) {
    throw file.fault(
      'rocket_launch',
      '-r/--reserve needs a command with singleshot, which runs the reserved Firework',
    );
  }
  if (!isOffline(adapter)) return;
  if (kind === 'of a chain' && isSingle)
    throw file.fault('rocket_launch', 'jobs of a chain with --offline need "rlaunch rapidfire --offline"');
  if (kind === 'for Fireworks' && mode !== 'reserve')
    throw file.fault('rocket_launch', 'jobs with --offline need -r/--reserve, or qlaunch infinite');
}

/** The `_queueadapter` of a Firework is found by its id, and its paths are those of the file. */
function sourcesOf(file: QueueAdapterFile): Qlaunch['sourceOf'] {
  return (fwId): AdapterSource => ({
    fullPath: file.fullPath,
    fault: (key, sentence) =>
      new SkyrocketError('BAD_CONFIGURATION', `Firework ${fwId}, _queueadapter, ${key}: ${sentence}`),
  });
}

function surroundingsOf({
  config,
  log,
}: QlaunchContext): Pick<JobMaking, 'log' | 'environment' | 'scriptName' | 'stamp' | 'random'> {
  let last = 0;
  return {
    ...{ log, environment: process.env, random: randomUUID },
    scriptName: config.queue.scriptName,
    stamp() {
      last = Math.max(last + 1, Date.now() * 1000);
      return formatStamp(config.blockFormat, last);
    },
  };
}

function ordersOf({ config }: QlaunchContext): Pick<Qlaunch, 'order' | 'host' | 'ip' | 'jobNameLength'> {
  return {
    ...thisHost(),
    order: config.sortFireworks === '' ? 'any' : config.sortFireworks,
    jobNameLength: config.queue.jobNameLength,
  };
}
