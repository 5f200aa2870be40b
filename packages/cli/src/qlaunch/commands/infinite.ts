import { keepChain } from '@skyrocket/queue/chain-control';
import { flag, integer } from '../../command-line/option.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { chainName, chainRun, refuseReservations } from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';
import { printScript } from '../dry-run.ts';
import { runQlaunch } from '../run-qlaunch.ts';

const slots = integer('-m --maxjobs_queue', 'M', {
  describe: 'so many jobs run at once, at most, and so many wait',
  fallback: 1,
  minimum: 1,
});
const forever = flag('--forever', 'go on when nothing is left that the worker could run');

export const command: Subcommand<QlaunchContext> = {
  options: [slots, chainName, forever],
  async run(line, context) {
    refuseReservations(context);
    return runQlaunch(context, async (qlaunch) => {
      if (context.dryRun) return printScript(qlaunch, context, null);
      const run = chainRun(qlaunch, context, line.value(chainName) ?? qlaunch.fworker.name);
      const submitted = await keepChain(run, line.value(slots), line.value(forever));
      qlaunch.log.info(`chain ${run.name}: ${submitted} jobs were submitted`);
    });
  },
};
