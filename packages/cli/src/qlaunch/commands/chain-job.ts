import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type CommandOutcome, enterChain, leaveChain } from '@skyrocket/queue/chain-job';
import { ownJobId } from '@skyrocket/queue/chain-submission';
import { words } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { chainRun, walltime } from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';
import { runQlaunch } from '../run-qlaunch.ts';

const names = words('NAME TAG', { describe: 'the chain and the job', arity: 'some' });

/** What a job of a chain runs: the adapter's command, in its place in the chain. Its exit code is that of the command. */
export const command: Subcommand<QlaunchContext> = {
  options: [walltime],
  positionals: [names],
  async run(line, context) {
    const [name, tag] = line.value(names);
    if (name === undefined || tag === undefined) throw usageError('only jobs of chains run this');
    let exitCode = 0;
    const ended = await runQlaunch(context, async (qlaunch, stop) => {
      const run = chainRun(qlaunch, context, { name, walltime: line.value(walltime) });
      const job = { tag, jobId: ownJobId(qlaunch) };
      if ((await enterChain(run, job)) === 'end') return;
      const outcome = await runCommand(qlaunch.adapter.rocketLaunch, stop);
      await leaveChain(run, job, outcome);
      exitCode = outcome.exitCode ?? 0;
    });
    return ended === 0 ? exitCode : ended;
  },
};

/** Runs a command in the shell; a signal to this job is passed on to it. */
function runCommand(text: string, stop: AbortSignal): Promise<CommandOutcome> {
  const begun = Date.now();
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', text], { stdio: ['ignore', 'inherit', 'inherit'] });
    const passOn = () => child.kill(stop.reason in constants.signals ? stop.reason : 'SIGTERM');
    stop.addEventListener('abort', passOn, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      stop.removeEventListener('abort', passOn);
      resolve({ exitCode: stop.aborted ? null : code, milliseconds: Date.now() - begun });
    });
  });
}
