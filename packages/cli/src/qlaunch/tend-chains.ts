import { randomUUID } from 'node:crypto';
import { defaultFWorkerFile, readFWorkerFile } from '@skyrocket/client/fworker-file';
import { readQueueAdapterFile } from '@skyrocket/client/qadapter-file';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { isSkyrocketError } from '@skyrocket/model/errors';
import type { FWorker } from '@skyrocket/model/records';
import type { BatchSystem } from '@skyrocket/queue/batch-system';
import { isEmpty } from '@skyrocket/queue/chain';
import { folderShelf } from '@skyrocket/queue/chain-folder';
import { findOfflineChains, type OfflineChain, slotsFolder } from '@skyrocket/queue/chain-places';
import { loadChain } from '@skyrocket/queue/chain-store';
import { endedJob } from '@skyrocket/queue/ended-jobs';
import { explainLost } from '@skyrocket/queue/explain-lost';
import { openQueue, type Queue } from '@skyrocket/queue/queue';
import { readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import { workIn } from '@skyrocket/worker/offline/batches';
import { tendBatches } from '@skyrocket/worker/offline/tending';
import type { Setup } from '../program/setup.ts';

/**
 * Looks after the batches of all chains whose jobs have no launchpad: of this FWorker, or of all (null). What goes wrong with one
 * of them is told, and does not keep the others.
 */
export async function tendChains(setup: Setup, launchpad: LaunchPad, fworker: string | null): Promise<void> {
  const { surroundings, log } = setup;
  for (const chain of await findOfflineChains(launchpad)) {
    try {
      if (fworker !== null && (await fworkerOf(setup, chain)).name !== fworker) continue;
      const file = await readQueueAdapterFile(chain.queueAdapterFile, surroundings);
      const place = { directory: chain.folder, environment: process.env };
      const adapter = readQueueAdapter(file.settings, file);
      const queue = openQueue(adapter, place);
      await tendChain(setup, { launchpad, queue, system: adapter.system, chain });
    } catch (error) {
      if (!isSkyrocketError(error)) throw error;
      log.error(`chain ${chain.name}: ${error.message}`);
    }
  }
}

/** A batch system, and how it is asked. */
interface Cluster {
  queue: Queue;
  system: BatchSystem;
}

/** The same for one chain. @throws SkyrocketError BAD_CONFIGURATION, STORE_* */
export async function tendChain(
  setup: Setup,
  { launchpad, queue, system, chain }: Cluster & { launchpad: LaunchPad; chain: OfflineChain },
): Promise<void> {
  const { config, log } = setup;
  const { name, folder, batch } = chain;
  const slots = await loadChain(folderShelf(name, slotsFolder(chain)), name);
  // One that is over and has no jobs any more is begun again by `qlaunch infinite` only.
  const isOver = slots === null || (slots.slots.every(isEmpty) && !workIn(folder).later);
  const offers = isOver || slots.stopped !== null ? 0 : slots.size;
  const fworker = await fworkerOf(setup, chain);
  const isLost = await tendBatches({
    ...{ launchpad, log, folder, batchSize: batch },
    fworker,
    order: config.sortFireworks === '' ? 'any' : config.sortFireworks,
    blockFormat: config.blockFormat,
    offers,
    endOf: async (jobId) => {
      const end = await queue.howEnded(jobId);
      return typeof end === 'string' ? null : endedJob({ queue, system }, jobId, end);
    },
  });
  if (isLost)
    await explainLost({
      ...{ launchpad, queue, system, log, fworker: fworker.name },
      ...{ policy: config.rerunLost, random: randomUUID },
    });
}

async function fworkerOf({ surroundings }: Setup, { fworkerFile }: OfflineChain): Promise<FWorker> {
  const file = fworkerFile === null ? defaultFWorkerFile() : await readFWorkerFile(fworkerFile, surroundings);
  return file.fworker;
}
