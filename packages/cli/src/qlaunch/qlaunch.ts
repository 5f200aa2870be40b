import type { Program } from '../program/run-program.ts';
import { type ProgramSyntax, runSubcommand } from '../program/subcommand.ts';
import { beginQlaunch, programOptions, type QlaunchContext } from './context.ts';

const syntax: ProgramSyntax<QlaunchContext> = {
  name: 'qlaunch',
  describe:
    'Submits jobs to a batch system, which run Fireworks of a launchpad. What it does is logged on standard error.',
  options: programOptions,
  subcommands: [
    {
      names: ['singleshot'],
      describe: 'submit one job, from the current directory',
      load: () => import('./commands/singleshot.ts'),
    },
    {
      names: ['rapidfire'],
      describe: 'submit a job for each Firework that is READY, each in a new directory',
      load: () => import('./commands/rapidfire.ts'),
    },
  ],
  begin: beginQlaunch,
  end: async () => {},
};

export const qlaunch: Program = { name: 'qlaunch', run: (words) => runSubcommand(syntax, words) };
