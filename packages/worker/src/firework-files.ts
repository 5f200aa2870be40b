import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fireworkToDocument } from '@skyrocket/model/firework-document';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { stringifyYaml } from '@skyrocket/model/yaml';
import type { StartedLaunch } from './started-launch.ts';
import type { WorkerOptions } from './worker-options.ts';

/** Writes FW.json and FW.yaml, as of the start: format §7.1. */
export function writeFireworkFiles(launch: StartedLaunch, print: WorkerOptions['print']): void {
  if (!print.json && !print.yaml) return;
  const document = fireworkToDocument(launch.firework, { active: launch.launches, archived: [] });
  if (print.json) writeFileSync(join(launch.launchDir, 'FW.json'), stringifyJson(document, 4));
  if (print.yaml) writeFileSync(join(launch.launchDir, 'FW.yaml'), stringifyYaml(document));
}
