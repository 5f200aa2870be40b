import { openBlock } from '@skyrocket/queue/block-directory';
import { type RapidfireOptions, rapidfire } from '@skyrocket/queue/rapidfire';
import type { CommandLine } from '../../command-line/command-line.ts';
import { integer, type Option } from '../../command-line/option.ts';
import { usageError } from '../../command-line/usage-error.ts';
import type { Subcommand } from '../../program/subcommand.ts';
import type { QlaunchContext } from '../context.ts';
import { printScript } from '../dry-run.ts';
import { runQlaunch } from '../run-qlaunch.ts';
import { modeWords, runRemote } from '../run-remote.ts';

const maxQueued = integer('-m --maxjobs_queue', 'N', {
  describe: 'keep at most so many jobs of this user in the queue; 0: any number',
  fallback: 0,
});
const blockSize = integer('-b --maxjobs_block', 'N', {
  describe: 'put at most so many launch directories into a block',
  fallback: 500,
  minimum: 1,
});
const nlaunches: Option<RapidfireOptions['nlaunches']> = {
  flags: ['--nlaunches'],
  metavar: 'N',
  arity: 'one',
  describe:
    'how many jobs to submit; 0: until all work has its job, now and when something that runs has ended; "infinite" (or -1): for ever (default: 0)',
  read: (words) => readCount(words?.[0] ?? '0'),
};
const timeout = integer('--timeout', 'S', { describe: 'stop after so many seconds', fallback: null });
const sleep = integer('--sleep', 'S', {
  describe: 'seconds between two rounds (default: RAPIDFIRE_SLEEP_SECS, else 60)',
  fallback: null,
});

function readCount(word: string): RapidfireOptions['nlaunches'] {
  if (word === 'infinite' || word === '-1') return 'infinite';
  if (!/^\d{1,9}$/.test(word)) throw usageError(`--nlaunches: "${word}" is neither a number nor "infinite"`);
  return Number(word) === 0 ? 'drain' : Number(word);
}

export const command: Subcommand<QlaunchContext> = {
  options: [maxQueued, blockSize, nlaunches, timeout, sleep],
  async run(line, context) {
    if (context.remote !== null) return runRemote(context.remote, context, remoteWords(line, context));
    const options = optionsOf(line, context);
    return runQlaunch(context, async (qlaunch, stop) => {
      if (context.dryRun) return printScript(qlaunch, context, null);
      const { launchDir, blockDir, config } = context;
      const { firstBlock: first } = config.queue;
      const size = line.value(blockSize);
      const block = openBlock({ launchDir, named: blockDir, first, size, stamp: qlaunch.stamp });
      const submitted = await rapidfire(qlaunch, options, { block, stop });
      qlaunch.log.info(`${submitted} jobs were submitted`);
    });
  },
};

function optionsOf(line: CommandLine, { mode, config }: QlaunchContext): RapidfireOptions {
  const limit = line.value(maxQueued);
  const count = line.value(nlaunches);
  if (mode === 'fill' && limit === 0 && typeof count !== 'number') {
    throw usageError(
      '-fm/--fill_mode needs -m/--maxjobs_queue or --nlaunches: else it would submit without end',
    );
  }
  return {
    mode,
    maxQueued: limit === 0 ? null : limit,
    nlaunches: count,
    timeoutSeconds: line.value(timeout),
    sleepSeconds: line.value(sleep) ?? config.rapidfireSleepSeconds,
    pauseSeconds: config.queue.pauseSeconds,
    listAttempts: config.queue.listAttempts,
  };
}

/** In FireWorks' words: format §8.6, and the time-out, which it does not pass on. */
function remoteWords(line: CommandLine, { mode }: QlaunchContext): string[] {
  const count = line.value(nlaunches);
  const given: [string, string | number | null][] = [
    ['--maxjobs_queue', line.value(maxQueued)],
    ['--maxjobs_block', line.value(blockSize)],
    ['--nlaunches', count === 'drain' ? 0 : count],
    ['--sleep', line.value(sleep)],
    ['--timeout', line.value(timeout)],
  ];
  const options = given.flatMap(([name, value]) => (value === null ? [] : [name, String(value)]));
  return [...modeWords(mode), 'rapidfire', ...options];
}
