import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import type { Log } from '@skyrocket/contract/log';
import { flag } from '../../command-line/option.ts';
import { countOf, workflowChangeOptions, workflowsToChange } from '../change-workflows.ts';
import type { LpadCommand } from '../context.ts';
import { idsText } from '../tell-decision.ts';

const launchDirectories = flag('--ldirs', 'also remove the launch directories, with all that is in them');

export const command: LpadCommand = {
  options: [...workflowChangeOptions, launchDirectories],
  async run(line, context) {
    const { log, surroundings } = context;
    const workflows = await workflowsToChange(line, context, 'ids');
    const fwIds = workflows.flatMap((workflow) => workflow.nodes.slice(0, 1));
    if (fwIds.length === 0) {
      log.info('no Workflow matches; nothing was deleted');
      return 0;
    }
    const launchpad = await context.launchpad();
    const deleted = await launchpad.deleteWorkflows({ key: randomUUID(), fwIds });
    const launches = idsText(deleted.launchIds) || 'none';
    log.info(`Deleted ${countOf(workflows)}: Fireworks ${idsText(deleted.fwIds)}; Launches ${launches}`);
    if (line.value(launchDirectories)) {
      const kept = [surroundings.directory, surroundings.home];
      for (const directory of new Set(deleted.launchDirs)) await removeDirectory(directory, { kept, log });
    }
    return 0;
  },
};

/** A Launch may have run in a directory that holds more than its own files: never one that holds home or this place. */
async function removeDirectory(path: string, { kept, log }: { kept: string[]; log: Log }): Promise<void> {
  if (!isAbsolute(path) || kept.some((place) => holds(path, place))) {
    log.warn(`the launch directory ${path} is kept: it holds more than a Launch`);
    return;
  }
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    log.warn(
      `the launch directory ${path} cannot be removed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Whether a place is this directory or lies in it. */
function holds(directory: string, place: string): boolean {
  const way = relative(resolve(directory), place);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
}
