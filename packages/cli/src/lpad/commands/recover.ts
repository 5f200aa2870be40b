import { fullPath } from '@skyrocket/client/config-search';
import { text } from '../../command-line/option.ts';
import type { LpadCommand } from '../context.ts';

const spool = text(
  '--spool',
  'DIR',
  'the folder of the journals (default: SPOOL_DIR of FW_config.yaml, else our own)',
);

export const command: LpadCommand = {
  options: [spool],
  async run(line, { config, surroundings, log, launchpad }) {
    const named = line.value(spool);
    const folder = named === null ? config.spoolDirectory : fullPath(named, surroundings);
    const { tellSpool } = await import('@skyrocket/worker/journal-telling');
    const { journals, taken, refused, left } = await tellSpool('all', {
      launchpad: await launchpad(),
      log,
      spool: folder,
    });
    if (journals === 0) log.info(`no journal in ${folder} holds a result that is not told`);
    else log.info(`Told ${taken} results from ${journals} journals in ${folder}`);
    if (refused > 0)
      log.warn(`${refused} results were not taken, because their Launches were taken away meanwhile`);
    if (left > 0) log.warn(`${left} results or lines stay in their journals; see above`);
    return left > 0 ? 1 : 0;
  },
};
