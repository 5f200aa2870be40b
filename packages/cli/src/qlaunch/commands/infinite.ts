import { adoptReservations } from '@skyrocket/queue/adopt-reservations';
import { chooseJobs, expectedSeconds, walltimeText } from '@skyrocket/queue/autoscale';
import { beginChain, keepChain } from '@skyrocket/queue/chain-control';
import type { ChainRun } from '@skyrocket/queue/chain-submission';
import type { Qlaunch } from '@skyrocket/queue/qlaunch';
import { tendJobs } from '@skyrocket/queue/tend-jobs';
import { noteWhetherOver } from '@skyrocket/worker/offline/batches';
import type { CommandLine } from '../../command-line/command-line.ts';
import { flag, integer, type Option } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import {
  type ChainOptions,
  chainName,
  chainRun,
  offlineChainOf,
  offlineChainRun,
  printChainScript,
  refuseOptionsOfOthers,
} from '../chain-run.ts';
import type { QlaunchContext } from '../context.ts';
import { runQlaunch } from '../run-qlaunch.ts';
import { tendChain } from '../tend-chains.ts';

const slots: Option<number | 'auto'> = {
  flags: ['-m', '--maxjobs_queue'],
  metavar: 'M',
  arity: 'one',
  describe:
    'so many jobs run at once, at most, and so many wait; "auto": as many, and as long, as what is READY needs (default: 1)',
  read: (words) => readSlots(words?.[0] ?? '1'),
};
const mostJobs = integer('--max-jobs', 'N', {
  describe: 'with -m auto: at most so many jobs run at once',
  fallback: 10,
  minimum: 1,
});
const shortest = integer('--min-walltime', 'MINUTES', {
  describe: 'with -m auto: no job is shorter',
  fallback: 10,
  minimum: 1,
});
const longest = integer('--max-walltime', 'MINUTES', {
  describe: 'with -m auto: no job is longer',
  fallback: 1440,
  minimum: 1,
});

function readSlots(word: string): number | 'auto' {
  if (word === 'auto') return word;
  if (/^[1-9]\d{0,4}$/.test(word)) return Number(word);
  throw usageError(`-m/--maxjobs_queue: "${word}" is neither a number of jobs nor "auto"`);
}

interface Size {
  slots: number;
  /** Null: as my_qadapter.yaml says. */
  walltime: string | null;
}

async function sizeOf(line: CommandLine, qlaunch: Qlaunch): Promise<Size> {
  const wanted = line.value(slots);
  if (wanted !== 'auto') return { slots: wanted, walltime: null };
  const limits = {
    jobs: line.value(mostJobs),
    shortestSeconds: line.value(shortest) * 60,
    longestSeconds: line.value(longest) * 60,
  };
  const choice = chooseJobs(await expectedSeconds(qlaunch, limits.shortestSeconds), limits);
  const walltime = walltimeText(choice.seconds);
  qlaunch.log.info(`${choice.jobs} jobs of ${walltime} are enough for what is READY`);
  return { slots: choice.jobs, walltime };
}

const forever = flag('--forever', 'go on when nothing is left that the worker could run');
const batch = integer('--batch', 'N', {
  describe: 'where jobs run with --offline: a job gets at most so many Fireworks',
  fallback: 100,
  minimum: 1,
});

export const command: Subcommand<QlaunchContext> = {
  options: [slots, chainName, forever, batch, mostJobs, shortest, longest],
  async run(line, context) {
    refuseOptionsOfOthers(context);
    const keep = async (qlaunch: Qlaunch) => {
      if (!context.dryRun) await tendJobs(qlaunch);
      const size = await sizeOf(line, qlaunch);
      const chain = { name: line.value(chainName) ?? qlaunch.fworker.name, walltime: size.walltime };
      if (context.dryRun) return printChainScript(qlaunch, context, chain);
      const run = await openChain(line, { qlaunch, context, size }, chain);
      const submitted = await keepChain(run, size.slots, line.value(forever));
      qlaunch.log.info(`chain ${run.name}: ${submitted} jobs were submitted`);
    };
    return runQlaunch(context, keep, 'of a chain');
  },
};

/** Without a launchpad jobs run what is prepared for them, by a chain that is there already: others see that it goes on. */
async function openChain(
  line: CommandLine,
  { qlaunch, context, size }: { qlaunch: Qlaunch; context: QlaunchContext; size: Size },
  chain: ChainOptions,
): Promise<ChainRun> {
  const offline = offlineChainOf(qlaunch, context, { name: chain.name, batch: line.value(batch) });
  if (offline === null) return chainRun(qlaunch, context, chain);
  const run = await offlineChainRun(qlaunch, context, { ...chain, offline });
  await beginChain(run, size.slots, line.value(forever));
  noteWhetherOver(offline.folder, false);
  // What a login node had reserved that was killed before it noted it.
  await adoptReservations(qlaunch);
  await tendChain(context, { ...qlaunch, system: qlaunch.adapter.system, chain: offline });
  return run;
}
