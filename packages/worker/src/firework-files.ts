import { SkyrocketError } from '@skyrocket/model/errors';
import { fireworkToDocument } from '@skyrocket/model/firework-document';
import { type FileOrder, obey } from './file-orders.ts';
import type { StartedLaunch } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/** FW.json and FW.yaml of each Launch, as of its start: format §7.1. */
export async function fireworkFiles(
  launches: StartedLaunch[],
  print: WorkerOptions['print'],
): Promise<FileOrder[][]> {
  // The library takes longer to load than all else that short tasks need.
  const yaml = print.yaml ? await import('@skyrocket/model/yaml') : null;
  return launches.map(({ firework, launches, launchDir }) => {
    const orders: FileOrder[] = [];
    if (print.json) orders.push({ make: 'FW.json', path: `${launchDir}/FW.json`, firework, launches });
    if (yaml) {
      const document = fireworkToDocument(firework, { active: launches, archived: [] });
      orders.push({ make: 'file', path: `${launchDir}/FW.yaml`, text: yaml.stringifyYaml(document) });
    }
    return orders;
  });
}

/** @throws SkyrocketError TASK_FAILED when they cannot be written */
export async function writeFireworkFiles(
  launch: StartedLaunch,
  print: WorkerOptions['print'],
): Promise<void> {
  const orders = await fireworkFiles([launch], print);
  for (const order of orders.flat()) {
    const failure = obey(order);
    if (failure)
      throw new SkyrocketError('TASK_FAILED', `${order.path} cannot be written: ${failure.message}`);
  }
}
