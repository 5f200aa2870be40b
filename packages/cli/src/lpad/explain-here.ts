import { randomUUID } from 'node:crypto';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { explainLost } from '@skyrocket/queue/explain-lost';
import { openQueue } from '@skyrocket/queue/queue';
import { readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import { readConfiguredFWorker, type Setup } from '../program/setup.ts';
import { findAdapterFile } from '../qlaunch/open-queue.ts';

/**
 * Asks the batch system of my_qadapter.yaml why the jobs of lost Launches of this cluster's worker ended. Where there is no such
 * file, nobody can be asked here. @throws SkyrocketError BAD_CONFIGURATION, STORE_*
 */
export async function explainLostHere(setup: Setup, launchpad: LaunchPad): Promise<void> {
  const nowhere = { queueAdapterFile: null, fworkerFile: null, configDirectory: null };
  const file = await findAdapterFile(setup, nowhere);
  if (file === null) return;
  const { fworker } = await readConfiguredFWorker(setup, nowhere);
  const adapter = readQueueAdapter(file.settings, file);
  const place = { directory: setup.surroundings.directory, environment: process.env };
  await explainLost({
    ...{ launchpad, queue: openQueue(adapter, place), system: adapter.system, fworker: fworker.name },
    ...{ policy: setup.config.rerunLost, log: setup.log, random: randomUUID },
  });
}
