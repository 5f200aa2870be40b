import { SkyrocketError } from '@skyrocket/model/errors';
import { workflowChangeOptions } from './change-workflows.ts';
import type { LpadCommand } from './context.ts';

/** A command of FireWorks that has nothing to do on an embedded launchpad, which says so. */
export function embeddedNeedsNo(what: string): LpadCommand {
  return {
    options: workflowChangeOptions,
    async run(_line, { launchpadFile, log }) {
      if (launchpadFile.place.kind === 'embedded') {
        log.info(`an embedded launchpad needs no ${what}`);
        return 0;
      }
      throw new SkyrocketError('NOT_ALLOWED', `this version cannot do that on ${launchpadFile.source}`);
    },
  };
}
