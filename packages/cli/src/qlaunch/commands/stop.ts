import { stopChain } from '@skyrocket/queue/chain-control';
import { words } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import type { QlaunchContext } from '../context.ts';
import { runQlaunch } from '../run-qlaunch.ts';

const names = words('NAME', { describe: 'the chains', arity: 'some' });

export const command: Subcommand<QlaunchContext> = {
  options: [],
  positionals: [names],
  async run(line, context) {
    const named = line.value(names);
    if (named.length === 0) throw usageError('which chain? qlaunch chains lists them');
    return runQlaunch(context, async (qlaunch) => {
      for (const name of named) {
        await stopChain(qlaunch, name, 'by qlaunch stop');
        qlaunch.log.info(`chain ${name} was stopped; jobs that run go on to their end`);
      }
    });
  },
};
