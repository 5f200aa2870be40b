import type { Subcommand } from '../../program/subcommand.ts';
import type { WorkerContext } from '../context.ts';
import { jobs, multiLineOptions, runMulti } from '../multi.ts';
import { localRedirect } from '../worker-options.ts';

export const command: Subcommand<WorkerContext> = {
  options: [...multiLineOptions, localRedirect],
  positionals: [jobs],
  run: runMulti,
};
