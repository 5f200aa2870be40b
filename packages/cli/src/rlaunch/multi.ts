import { hostname } from 'node:os';
import type { CommandLine } from '../command-line/command-line.ts';
import { flag, integer, integerArgument, type Option, text } from '../command-line/option.ts';
import { allocationOptions, inAllocation, readAllocation } from './allocation-options.ts';
import type { WorkerContext } from './context.ts';
import { environmentOfSlot, shareNodes } from './node-list.ts';
import { rapidfireLineOptions, rapidfireOptions } from './rapidfire-options.ts';
import { noneReady, runWorker } from './run-worker.ts';
import { onSignal } from './worker-options.ts';

export const jobs = integerArgument('NUM_JOBS', 'how many Fireworks to run at once', 1);

const nodefile = text(
  '--nodefile',
  'FILE',
  'the nodes of the allocation, one a line (or the environment variable that names such a file); each job is told its share',
);
const processorsPerNode = integer('--ppn', 'N', {
  describe: 'processors of a node; each job is told how many it has',
  fallback: 1,
  minimum: 1,
});
const excludeCurrentNode = flag('--exclude_current_node', 'leave this host out of the list of nodes');

/** Options of `rlaunch multi` and mlaunch. */
export const multiLineOptions: readonly Option<unknown>[] = [
  ...rapidfireLineOptions,
  nodefile,
  processorsPerNode,
  excludeCurrentNode,
  onSignal,
  ...allocationOptions,
];

/** Runs several Fireworks at once, in this one process. */
export async function runMulti(line: CommandLine, context: WorkerContext): Promise<number> {
  const slots = line.value(jobs);
  const slotEnvironments = shareNodes(
    {
      nodefile: line.value(nodefile),
      processorsPerNode: line.value(processorsPerNode),
      slots,
      without: line.value(excludeCurrentNode) ? hostname() : null,
    },
    process.env,
  ).map(environmentOfSlot);
  const slotNames = context.config.storePackingInfo ? 'stored' : 'not stored';
  const allocation = await readAllocation(line, context.log);
  const plain = { ...rapidfireOptions(line, context.config, slots), slotNames, slotEnvironments } as const;
  const options = inAllocation(plain, { line, context, allocation });
  const { rapidfire } = await import('@skyrocket/worker/rapidfire');
  return runWorker(line, context, {
    run: (worker, stop) => rapidfire(worker, options, stop),
    idle: noneReady,
    ...{ allocation, source: 'launchpad' },
  });
}
