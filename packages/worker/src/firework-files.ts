import { join } from 'node:path';
import { SkyrocketError } from '@skyrocket/model/errors';
import { fireworkToDocument } from '@skyrocket/model/firework-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { stringifyYaml } from '@skyrocket/model/yaml';
import { type FileOrder, obey } from './file-orders.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/** FW.json and FW.yaml, as of the start: format §7.1. */
export function fireworkFiles(launch: StartedLaunch, print: WorkerOptions['print']): FileOrder[] {
  const orders: FileOrder[] = [];
  if (!print.json && !print.yaml) return orders;
  const document = fireworkToDocument(launch.firework, { active: launch.launches, archived: [] });
  const order = (name: string, text: string) =>
    orders.push({ make: 'file', path: join(launch.launchDir, name), text });
  if (print.json) order('FW.json', stringifyJson(document, 4));
  if (print.yaml) order('FW.yaml', stringifyYaml(document));
  return orders;
}

/** @throws SkyrocketError TASK_FAILED when they cannot be written */
export function writeFireworkFiles(launch: StartedLaunch, print: WorkerOptions['print']): void {
  for (const order of fireworkFiles(launch, print)) {
    const failure = obey(order);
    if (failure)
      throw new SkyrocketError('TASK_FAILED', `${order.path} cannot be written: ${failure.message}`);
  }
}
