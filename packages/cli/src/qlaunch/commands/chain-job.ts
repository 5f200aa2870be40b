import { type CommandOutcome, enterChain, leaveChain } from '@skyrocket/queue/chain-job';
import { type ChainRun, ownJobId } from '@skyrocket/queue/chain-submission';
import { tendFromJob } from '@skyrocket/queue/tend-jobs';
import { takeBatch } from '@skyrocket/worker/offline/batches';
import { text, words } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import { chainRun, offlineJobRun, walltime } from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';
import { runQlaunch, runWithoutLaunchPad } from '../run-qlaunch.ts';
import { runPassingOn } from '../shell-command.ts';

const names = words('NAME TAG', { describe: 'the chain and the job', arity: 'some' });

const folder = text('--offline', 'DIR', 'the folder of a chain whose jobs run without the launchpad');

/** What a job of a chain runs: the adapter's command, in its place in the chain. Its exit code is that of the command. */
export const command: Subcommand<QlaunchContext> = {
  options: [walltime, folder],
  positionals: [names],
  async run(line, context) {
    const [name, tag] = line.value(names);
    if (name === undefined || tag === undefined) throw usageError('only jobs of chains run this');
    const chain = { name, walltime: line.value(walltime) };
    const place = line.value(folder);
    let exitCode = 0;
    const takePart = async (run: ChainRun, stop: AbortSignal, tend: () => Promise<void>) => {
      const job = { tag, jobId: ownJobId(run.qlaunch) };
      await tend();
      if ((await enterChain(run, job)) === 'end') return;
      const outcome = await work(run, { folder: place, job: job.jobId ?? tag, stop });
      await tend();
      await leaveChain(run, job, outcome);
      exitCode = outcome.exitCode ?? 0;
    };
    const ended =
      place === null
        ? await runQlaunch(
            context,
            async (qlaunch, stop) =>
              takePart(await chainRun(qlaunch, context, chain), stop, () => tendFromJob(qlaunch)),
            'of a chain',
          )
        : await runWithoutLaunchPad(context, (making, stop) =>
            takePart(offlineJobRun(making, context, { ...chain, folder: place, tag }), stop, async () => {}),
          );
    return ended === 0 ? exitCode : ended;
  },
};

interface Duty {
  /** Of the batches of a chain whose jobs have no launchpad; null: the command finds its work itself. */
  folder: string | null;
  /** The id of this job, else its tag. */
  job: string;
  stop: AbortSignal;
}

async function work({ qlaunch }: ChainRun, { folder, job, stop }: Duty): Promise<CommandOutcome> {
  const { rocketLaunch } = qlaunch.adapter;
  if (folder === null) return { ...(await runPassingOn(rocketLaunch, process.cwd(), stop)), work: 'unknown' };
  const directory = await takeBatch(folder, job, stop);
  if (directory === null) return { exitCode: 0, milliseconds: 0, work: 'none' };
  qlaunch.log.info(`this job runs the Fireworks in ${directory}`);
  return { ...(await runPassingOn(rocketLaunch, directory, stop)), work: 'some' };
}
