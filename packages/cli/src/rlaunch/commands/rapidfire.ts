import type { Subcommand } from '../../program/subcommand.ts';
import type { WorkerContext } from '../context.ts';
import { rapidfireLineOptions, rapidfireOptions } from '../rapidfire-options.ts';
import { noneReady, runWorker } from '../run-worker.ts';
import { localRedirect, onSignal } from '../worker-options.ts';

export const command: Subcommand<WorkerContext> = {
  options: [...rapidfireLineOptions, localRedirect, onSignal],
  async run(line, context) {
    const { rapidfire } = await import('@skyrocket/worker/rapidfire');
    const options = rapidfireOptions(line, context.config, 1);
    return runWorker(line, context, {
      run: (worker, stop) => rapidfire(worker, options, stop),
      idle: noneReady,
    });
  },
};
