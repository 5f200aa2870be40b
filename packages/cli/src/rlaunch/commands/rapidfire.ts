import type { Subcommand } from '../../program/subcommand.ts';
import { allocationOptions, inAllocation, readAllocation, timeOptions } from '../allocation-options.ts';
import type { WorkerContext } from '../context.ts';
import { hasOtherNodes, refuseWithoutSlurm, runOverNodes, srun } from '../over-nodes.ts';
import { rapidfireLineOptions, rapidfireOptions } from '../rapidfire-options.ts';
import { noneReady, runWorker } from '../run-worker.ts';
import { localRedirect, onSignal } from '../worker-options.ts';

export const command: Subcommand<WorkerContext> = {
  options: [...rapidfireLineOptions, localRedirect, onSignal, ...allocationOptions, srun],
  exclusive: [timeOptions],
  async run(line, context) {
    const { rapidfire } = await import('@skyrocket/worker/rapidfire');
    const allocation = await readAllocation(line);
    if (line.value(srun)) {
      refuseWithoutSlurm(allocation);
      if (hasOtherNodes(allocation)) return runOverNodes(allocation);
    }
    const options = inAllocation(rapidfireOptions(line, context.config, 1), { line, context, allocation });
    return runWorker(line, context, {
      run: (worker, stop) => rapidfire(worker, options, stop),
      idle: noneReady,
      allocation,
    });
  },
};
