import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { isSystemError } from '@skyrocket/contract/system-error';
import type { CommandOutcome } from '@skyrocket/queue/chain-job';

/** Signals by which batch systems warn that the time is nearly over. */
const warnings = ['SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/**
 * Runs a command in the shell. What this process is signalled is passed on: the stop with its signal, and the warnings of batch
 * systems. A shell that is signalled ends without what it has started, so its own children get the signal too, and are waited for. A
 * group of its own would be simpler, but Slurm signals the group of the job.
 */
export async function runPassingOn(
  line: string,
  cwd: string,
  stop: AbortSignal,
): Promise<Omit<CommandOutcome, 'work'>> {
  const begun = Date.now();
  const child = spawn('/bin/sh', ['-c', line], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  const told = new Set<number>();
  const passOn = (signal: NodeJS.Signals) => {
    for (const pid of childrenOf(child.pid)) {
      told.add(pid);
      signalProcess(pid, signal);
    }
    // A warning would end the shell.
    if (!isWarning(signal)) child.kill(signal);
  };
  const onStop = () => passOn(stop.reason in constants.signals ? stop.reason : 'SIGTERM');
  stop.addEventListener('abort', onStop, { once: true });
  for (const signal of warnings) process.on(signal, passOn);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    while ([...told].some((pid) => existsSync(`/proc/${pid}`))) await pause(100);
    return { exitCode: stop.aborted ? null : code, milliseconds: Date.now() - begun };
  } finally {
    stop.removeEventListener('abort', onStop);
    for (const signal of warnings) process.off(signal, passOn);
  }
}

const isWarning = (signal: NodeJS.Signals) => warnings.some((warning) => warning === signal);

/** None where the system (macOS) does not tell. */
function childrenOf(pid: number | undefined): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended at this moment.
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}
