import type { FWConfig } from '@skyrocket/client/fw-config';
import type { RapidfireOptions } from '@skyrocket/worker/rapidfire';
import type { CommandLine } from '../command-line/command-line.ts';
import { integer, type Option } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';

/** How many Fireworks each slot runs: `drain` until nothing is left to run. */
type Count = number | 'drain' | 'infinite';

const nlaunches: Option<Count> = {
  flags: ['--nlaunches'],
  metavar: 'N',
  arity: 'one',
  describe:
    'how many Fireworks to run (of multi and mlaunch: each of the NUM_JOBS); 0: until nothing is left to run, now or when something that runs has ended; "infinite" (or -1): for ever (default: 0)',
  read: (words) => readCount(words?.[0] ?? '0'),
};

function readCount(word: string): Count {
  if (word === 'infinite' || word === '-1') return 'infinite';
  if (!/^\d{1,9}$/.test(word)) throw usageError(`--nlaunches: "${word}" is neither a number nor "infinite"`);
  return Number(word) === 0 ? 'drain' : Number(word);
}

const timeout = integer('--timeout', 'S', {
  describe: 'begin no Firework after so many seconds; those that run go on',
  fallback: null,
});
const maxLoops = integer('--max_loops', 'N', {
  describe: 'how many pauses to make at most, waiting for something to become READY; -1: no limit',
  fallback: -1,
  minimum: -1,
});
const sleep = integer('--sleep', 'S', {
  describe:
    'seconds of a loop in which nothing is READY; it looks some times in each (default: RAPIDFIRE_SLEEP_SECS, else 60)',
  fallback: null,
});

/** Options of rapidfire, multi and mlaunch. */
export const rapidfireLineOptions: readonly Option<unknown>[] = [nlaunches, timeout, maxLoops, sleep];

/** What rapidfire is told by the command line, else by the configuration. */
export function rapidfireOptions(line: CommandLine, config: FWConfig, slots: number): RapidfireOptions {
  const count = line.value(nlaunches);
  const loops = line.value(maxLoops);
  return {
    slots,
    nlaunches: typeof count === 'number' ? count * slots : count,
    maxLoops: loops === -1 ? 'unlimited' : loops,
    sleepSeconds: line.value(sleep) ?? config.rapidfireSleepSeconds,
    timeoutSeconds: line.value(timeout),
    maintainSeconds: config.maintainSeconds,
    slotNames: 'not stored',
  };
}
