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
    {
      names: ['infinite'],
      describe:
        'begin or refill a chain: so many jobs that submit their successors, until nothing is left to run',
      load: () => import('./commands/infinite.ts'),
    },
    {
      names: ['stop'],
      describe: 'end chains: their pending jobs are cancelled, and no more are submitted',
      load: () => import('./commands/stop.ts'),
    },
    { names: ['chains'], describe: 'list the chains', load: () => import('./commands/chains.ts') },
    {
      names: ['chain_job'],
      describe: 'what the jobs of a chain run; not for people',
      load: () => import('./commands/chain-job.ts'),
    },
  ],
  begin: beginQlaunch,
  end: async () => {},
};

export const qlaunch: Program = { name: 'qlaunch', run: (words) => runSubcommand(syntax, words) };
