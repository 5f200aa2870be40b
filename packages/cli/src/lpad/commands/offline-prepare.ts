import { integerArgument } from '../../command-line/option.ts';
import { fworkerFile } from '../../program/common-options.ts';
import { readConfiguredFWorker } from '../../program/setup.ts';
import type { LpadCommand } from '../context.ts';

const count = integerArgument('N', 'how many Fireworks to reserve at most', 1);

export const command: LpadCommand = {
  options: [fworkerFile],
  positionals: [count],
  async run(line, context) {
    const { surroundings, config, log } = context;
    const { fworker } = await readConfiguredFWorker(context, line.value(fworkerFile));
    const { prepareBatch } = await import('@skyrocket/worker/offline/preparing');
    const { directory } = surroundings;
    const dirs = await prepareBatch({
      ...{ launchpad: await context.launchpad(), fworker, directory },
      order: config.sortFireworks === '' ? 'any' : config.sortFireworks,
      count: line.value(count),
      blockFormat: config.blockFormat,
    });
    log.info(
      `${dirs.length} Fireworks are reserved in ${directory}; submit a job that runs "rlaunch rapidfire --offline" there`,
    );
    return 0;
  },
};
