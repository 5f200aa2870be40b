import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { constants } from 'node:os';
import { noQueueAdapterFile, type QueueAdapterFile } from '@skyrocket/client/qadapter-file';
import { isSkyrocketError, SkyrocketError } from '@skyrocket/model/errors';
import { isOffline, type Qlaunch } from '@skyrocket/queue/qlaunch';
import { openQueue } from '@skyrocket/queue/queue';
import { type AdapterSource, type QueueAdapter, readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import { formatStamp } from '@skyrocket/worker/launch-directory';
import { pauseFor } from '@skyrocket/worker/outage';
import { createStop, stopOnSignals, stopSignal } from '@skyrocket/worker/stop';
import { thisHost } from '@skyrocket/worker/this-host';
import { openConfiguredLaunchPad, readConfiguredFWorker } from '../program/setup.ts';
import type { QlaunchContext } from './context.ts';
import { findAdapterFile } from './open-queue.ts';

/** A way to submit jobs, once. */
export type Work = (qlaunch: Qlaunch, stop: AbortSignal) => Promise<void>;

/**
 * Submits jobs, once or again and again, until a signal asks to stop. Resolves to the exit code: 0, or 128 + signal.
 * @throws SkyrocketError BAD_CONFIGURATION, QUEUE_FAILED, STORE_*; what the work throws
 */
export async function runQlaunch(context: QlaunchContext, work: Work): Promise<number> {
  refuseMissingDirectory(context);
  const file = await findAdapterFile(context, context.files);
  if (file === null) throw noQueueAdapterFile();
  const adapter = readAdapter(context, file);
  const { fworker } = await readConfiguredFWorker(context, context.files);
  const launchpad = await openConfiguredLaunchPad(context);
  const stop = createStop();
  const letSignalsBe = stopOnSignals(stop);
  try {
    const place = { directory: context.launchDir, environment: process.env };
    const { uuid } = await launchpad.identity();
    const own = { launchpad, launchpadId: uuid, fworker, adapter, sourceOf: sourcesOf(file) };
    const qlaunch = { ...own, ...surroundingsOf(context), queue: openQueue(adapter, place) };
    await repeat(context, stop.asked, () => work(qlaunch, stop.asked));
  } finally {
    letSignalsBe();
    await launchpad.close();
  }
  const signal = stopSignal(stop);
  return signal === null ? 0 : 128 + constants.signals[signal];
}

/** A daemon goes on after an error of the world: it may be over when the work is done the next time. */
async function repeat(context: QlaunchContext, stop: AbortSignal, once: () => Promise<void>): Promise<void> {
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

/** Reservation mode and `rocket_launch` must agree: format §8.4. */
function readAdapter({ log, mode }: QlaunchContext, file: QueueAdapterFile): QueueAdapter {
  const adapter = readQueueAdapter(file.settings, file);
  for (const warning of adapter.warnings) log.warn(warning);
  const { rocketLaunch } = adapter;
  if (mode === 'reserve' && !/\bsingleshot\b/.test(rocketLaunch)) {
    throw file.fault(
      'rocket_launch',
      '-r/--reserve needs a command with singleshot, which runs the reserved Firework',
    );
  }
  if (mode !== 'reserve' && isOffline(adapter))
    throw file.fault('rocket_launch', 'jobs with --offline need -r/--reserve');
  return adapter;
}

/** The `_queueadapter` of a Firework is found by its id, and its paths are those of the file. */
function sourcesOf(file: QueueAdapterFile): Qlaunch['sourceOf'] {
  return (fwId): AdapterSource => ({
    fullPath: file.fullPath,
    fault: (key, sentence) =>
      new SkyrocketError('BAD_CONFIGURATION', `Firework ${fwId}, _queueadapter, ${key}: ${sentence}`),
  });
}

type FromContext =
  | 'log'
  | 'order'
  | 'environment'
  | 'host'
  | 'ip'
  | 'scriptName'
  | 'jobNameLength'
  | 'stamp'
  | 'random';

function surroundingsOf({ config, log }: QlaunchContext): Pick<Qlaunch, FromContext> {
  let last = 0;
  return {
    ...{ log, ...thisHost(), environment: process.env, random: randomUUID },
    order: config.sortFireworks === '' ? 'any' : config.sortFireworks,
    scriptName: config.queue.scriptName,
    jobNameLength: config.queue.jobNameLength,
    stamp() {
      last = Math.max(last + 1, Date.now() * 1000);
      return formatStamp(config.blockFormat, last);
    },
  };
}
