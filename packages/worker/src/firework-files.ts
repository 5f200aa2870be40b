import { SkyrocketError } from '@skyrocket/model/errors';
import { fireworkToDocument } from '@skyrocket/model/firework-document';
import { stringifyYaml } from '@skyrocket/model/yaml';
import { type FileOrder, obey } from './file-orders.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/** FW.json and FW.yaml, as of the start: format §7.1. */
export function fireworkFiles(launch: StartedLaunch, print: WorkerOptions['print']): FileOrder[] {
  const { firework, launches, launchDir } = launch;
  const orders: FileOrder[] = [];
  if (print.json) orders.push({ make: 'FW.json', path: `${launchDir}/FW.json`, firework, launches });
  if (print.yaml) {
    const document = fireworkToDocument(firework, { active: launches, archived: [] });
    orders.push({ make: 'file', path: `${launchDir}/FW.yaml`, text: stringifyYaml(document) });
  }
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
