import type { Program } from '../program/run-program.ts';
import { type ProgramSyntax, runSubcommand } from '../program/subcommand.ts';
import { beginWorker, programOptions, type WorkerContext } from './context.ts';

const syntax: ProgramSyntax<WorkerContext> = {
  name: 'rlaunch',
  describe: 'Runs Fireworks of a launchpad on this machine. What it does is logged on standard error.',
  options: programOptions,
  subcommands: [
    {
      names: ['singleshot'],
      describe: 'run one Firework in the current directory',
      load: () => import('./commands/singleshot.ts'),
    },
    {
      names: ['rapidfire'],
      describe: 'run Fireworks one after another, each in a new directory, until nothing is left to run',
      load: () => import('./commands/rapidfire.ts'),
    },
    {
      names: ['multi'],
      describe: 'as rapidfire, with several Fireworks running at once',
      load: () => import('./commands/multi.ts'),
    },
  ],
  begin: beginWorker,
  end: async () => {},
};

export const rlaunch: Program = { name: 'rlaunch', run: (words) => runSubcommand(syntax, words) };
