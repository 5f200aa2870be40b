import { stopChain } from '@skyrocket/queue/chain-control';
import { findOfflineChains } from '@skyrocket/queue/chain-places';
import type { Qlaunch } from '@skyrocket/queue/qlaunch';
import { words } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { refuseOptionsOfOthers } from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';
import { runQlaunch } from '../run-qlaunch.ts';
import { tendChain } from '../tend-chains.ts';

const names = words('NAME', { describe: 'the chains', arity: 'some' });

export const command: Subcommand<QlaunchContext> = {
  options: [],
  positionals: [names],
  async run(line, context) {
    const named = line.value(names);
    if (named.length === 0) throw usageError('which chain? qlaunch chains lists them');
    refuseOptionsOfOthers(context);
    if (context.dryRun) throw usageError('--dry-run prints the script of a job, and stop submits none');
    const stop = async (qlaunch: Qlaunch) => {
      for (const name of named) {
        await stopChain(qlaunch, name, 'by qlaunch stop');
        qlaunch.log.info(`chain ${name} was stopped; jobs that run go on to their end`);
      }
      // What was prepared for jobs that will not come is READY again.
      const chains = (await findOfflineChains(qlaunch.launchpad)).filter(({ name }) => named.includes(name));
      for (const chain of chains)
        await tendChain(context, { ...qlaunch, system: qlaunch.adapter.system, chain });
    };
    return runQlaunch(context, stop, 'of a chain');
  },
};
