import { SkyrocketError } from '@skyrocket/model/errors';
import { fwId } from '@skyrocket/model/ids';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, integer } from '../../command-line/option.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { readAllocation, timeOptions } from '../allocation-options.ts';
import type { WorkerContext } from '../context.ts';
import { noneReady, runWorker, type Work } from '../run-worker.ts';
import { offline, onSignal } from '../worker-options.ts';

const firework = integer('-f --fw_id', 'N', {
  describe: 'run exactly this Firework, READY or RESERVED, whatever my_fworker.yaml selects',
  fallback: null,
  minimum: 1,
});
const pdb = flag('--pdb', 'refused: tasks have no terminal here, so no debugger');

export const command: Subcommand<WorkerContext> = {
  options: [firework, onSignal, offline, pdb, ...timeOptions],
  exclusive: [timeOptions],
  async run(line, context) {
    refuseUnavailable(line);
    const id = line.value(firework);
    const { singleshot } = await import('@skyrocket/worker/singleshot');
    const isOffline = line.value(offline);
    const options = isOffline
      ? ({ fwId: null, place: 'launch' } as const)
      : { fwId: id === null ? null : fwId(id) };
    const allocation = await readAllocation(line, context.log);
    return runWorker(line, context, {
      run: (worker, stop) => singleshot(worker, options, stop),
      idle: isOffline ? () => 'nothing was run' : idleWithout(id),
      ...{ allocation, source: isOffline ? 'this directory' : 'launchpad' },
    });
  },
};

const idleWithout = (id: number | null): Work['idle'] =>
  id === null ? noneReady : () => `Firework ${id} is neither READY nor RESERVED, so it was not run`;

function refuseUnavailable(line: CommandLine): void {
  if (line.value(pdb)) {
    throw new SkyrocketError(
      'NOT_ALLOWED',
      'rlaunch singleshot --pdb is not possible here, because tasks run in processes of their own without a terminal: run the task in Python itself, in the launch directory',
    );
  }
}
