import { findConfigFile } from '@skyrocket/client/config-search';
import { type QueueAdapterFile, readQueueAdapterFile } from '@skyrocket/client/qadapter-file';
import { openQueue, type Queue } from '@skyrocket/queue/queue';
import { readQueueAdapter } from '@skyrocket/queue/queue-adapter';
import type { Setup } from '../program/setup.ts';

/**
 * my_qadapter.yaml, the one that is named, else found as format §10.2 says; null when there is none.
 * @throws SkyrocketError BAD_CONFIGURATION
 */
export async function findAdapterFile(
  { config, surroundings }: Pick<Setup, 'config' | 'surroundings'>,
  named: string | null,
): Promise<QueueAdapterFile | null> {
  const path = findConfigFile(
    {
      kind: 'qadapter',
      named,
      configDirectory: config.configDirectory,
      located: config.queue.adapterLocation,
    },
    surroundings,
  );
  return path === null ? null : readQueueAdapterFile(path, surroundings);
}

/** The batch system of my_qadapter.yaml where that is sought without options; null when there is none. */
export async function openConfiguredQueue(setup: Setup): Promise<Queue | null> {
  const file = await findAdapterFile(setup, null);
  if (file === null) return null;
  return openQueue(readQueueAdapter(file.settings, file), {
    directory: setup.surroundings.directory,
    environment: process.env,
  });
}
