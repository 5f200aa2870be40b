import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Allocation } from '@skyrocket/worker/allocation/allocation';
import { flag } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';

export const srun = flag(
  '--srun',
  'in a job of Slurm with several nodes: start such a worker on each of them, by srun (without it, Fireworks run on the first)',
);

/** @throws SkyrocketError BAD_USAGE outside of a job of Slurm */
export function refuseWithoutSlurm(allocation: Allocation | null): void {
  if (allocation?.system !== 'slurm') throw usageError('--srun: this is no job of Slurm');
}

/** Whether there is anything to start beside this very process. */
export const hasOtherNodes = (allocation: Allocation | null): allocation is Allocation =>
  allocation !== null && allocation.nodes.length > 1;

/**
 * Starts this same command on every node of the allocation, each with the cores of its node, and resolves to the exit code
 * of srun, which is the highest of theirs.
 */
export function runOverNodes({ nodes, cores }: Allocation): Promise<number> {
  const own = process.argv.slice(1).filter((word) => word !== '--srun');
  const each = ['--ntasks-per-node=1', `--nodes=${nodes.length}`, `--ntasks=${nodes.length}`];
  const args = [
    ...each,
    `--cpus-per-task=${cores}`,
    '--overlap',
    '--kill-on-bad-exit=0',
    process.execPath,
    ...own,
  ];
  const child = spawn('srun', args, { stdio: 'inherit' });
  const forwarded = (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const).map((signal) => {
    const handler = () => void child.kill(signal);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']));
  }).finally(() => {
    for (const remove of forwarded) remove();
  });
}
