import type { Subcommand } from '../../program/subcommand.ts';
import { allocationOptions, inAllocation, readAllocation, timeOptions } from '../allocation-options.ts';
import type { WorkerContext } from '../context.ts';
import { hasOtherNodes, refuseWithoutSlurm, runOverNodes, srun } from '../over-nodes.ts';
import { rapidfireLineOptions, rapidfireOptions } from '../rapidfire-options.ts';
import { noneReady, runWorker } from '../run-worker.ts';
import { localRedirect, offline, onSignal } from '../worker-options.ts';

export const command: Subcommand<WorkerContext> = {
  options: [...rapidfireLineOptions, localRedirect, onSignal, offline, ...allocationOptions, srun],
  exclusive: [timeOptions],
  async run(line, context) {
    const { rapidfire } = await import('@skyrocket/worker/rapidfire');
    const allocation = await readAllocation(line, context.log);
    if (line.value(srun)) {
      refuseWithoutSlurm(allocation);
      if (hasOtherNodes(allocation)) return runOverNodes(allocation);
    }
    const source = line.value(offline) ? 'directories below' : 'launchpad';
    const plain = {
      ...rapidfireOptions(line, context.config, 1),
      place: line.value(offline) ? 'launch' : 'launcher',
    } as const;
    const options = inAllocation(plain, { line, context, allocation });
    return runWorker(line, context, {
      run: (worker, stop) => rapidfire(worker, options, stop),
      idle: noneReady,
      ...{ allocation, source },
    });
  },
};
