import { SkyrocketError } from '@skyrocket/model/errors';
import type { UserMap } from '@skyrocket/model/user-data';
import { parseYaml } from '@skyrocket/model/yaml';
import { type AdapterSource, type QueueAdapter, readQueueAdapter } from '@skyrocket/queue/queue-adapter';

/** Tells the file as `my_qadapter.yaml`, and takes paths as they are. */
export const source: AdapterSource = {
  fault: (key, sentence) => new SkyrocketError('BAD_CONFIGURATION', `my_qadapter.yaml, ${key}: ${sentence}`),
  fullPath: (text) => text,
};

export function settings(yaml: string): UserMap {
  const value = parseYaml(yaml, { source: 'my_qadapter.yaml' });
  if (value instanceof Map) return value;
  throw new Error('a mapping is needed');
}

export const adapter = (yaml: string): QueueAdapter => readQueueAdapter(settings(yaml), source);
