import { availableParallelism, hostname } from 'node:os';
import type { Log } from '@skyrocket/contract/log';
import { memoryMiB } from '@skyrocket/model/resources';
import { epochMilliseconds, readTimestamp } from '@skyrocket/model/timestamp';
import { readWalltime } from '@skyrocket/model/walltime';
import { type Allocation, readNumberList } from '@skyrocket/worker/allocation/allocation';
import type { RoomOptions } from '@skyrocket/worker/allocation/room';
import type { RapidfireOptions } from '@skyrocket/worker/rapidfire';
import type { CommandLine } from '../command-line/command-line.ts';
import type { Option } from '../command-line/option.ts';
import { usageError } from '../command-line/usage-error.ts';
import type { WorkerContext } from './context.ts';
import { endingSeconds } from './time-limit.ts';

/** An option that is read from one word; null when it is absent. */
function readOption<T>(
  flag: string,
  metavar: string,
  more: { describe: string; read(word: string): T | null; expected: string },
): Option<T | null> {
  const { describe, read, expected } = more;
  return {
    ...{ flags: [flag], metavar, arity: 'one', describe },
    read(words) {
      const [word] = words ?? [];
      if (word === undefined) return null;
      const value = read(word);
      if (value === null) throw usageError(`${flag}: "${word}" is not ${expected}`);
      return value;
    },
  };
}

/** A count, or which ones: `0-3,8`. */
interface CountOrList {
  count: number;
  ids: number[] | null;
}

const cores = readOption<CountOrList>('--cores', 'N', {
  describe:
    'how many cores Fireworks may use together, or which ones, as in 0-3,8: then each is bound to its own (default: those of the job)',
  read: (word) => readCountOrList(word, 1),
  expected: 'a number of cores or a list like 0-3,8',
});
const memory = readOption('--memory', 'SIZE', {
  describe:
    'memory that Fireworks may use together, as in 64G; a bare number is MiB (default: that of the job)',
  read: memoryMiB,
  expected: 'a size like 64G',
});
const gpus = readOption<CountOrList>('--gpus', 'N', {
  describe:
    'how many GPUs Fireworks may use together, or which ones, as in 0,1 (default: CUDA_VISIBLE_DEVICES)',
  read: (word) => readCountOrList(word, 0),
  expected: 'a number of GPUs or a list like 0,1',
});
const walltime = readOption('--walltime', 'TIME', {
  describe:
    'how long this worker may run from now, in seconds or as HH:MM:SS (default: asked of the batch system)',
  read: (word) => readWalltime(word, 'pbs'),
  expected: 'a time like 01:30:00, or seconds',
});
const endTime = readOption('--end-time', 'MOMENT', {
  describe:
    'when this worker must have ended: a date and time (in UTC, or with an offset), or seconds since 1970',
  read: readMoment,
  expected: 'a date and time like 2026-01-31T12:00:00Z',
});
const defaultWalltime = readOption('--default-walltime', 'TIME', {
  describe:
    'how long a Firework is taken to run of which nothing is known (default: it is begun whatever time is left)',
  read: (word) => readWalltime(word, 'pbs'),
  expected: 'a time like 01:30:00, or seconds',
});

/** How much of a machine and of time a worker has. */
export const allocationOptions: readonly Option<unknown>[] = [
  ...[cores, memory, gpus, walltime, endTime, defaultWalltime],
];

/** How long a worker may run; at most one of them is given. */
export const timeOptions: readonly Option<unknown>[] = [walltime, endTime];

/**
 * The allocation of this worker, as the line says, else as the batch system does; null outside of a job when the line says
 * nothing, since then other programs on this host may use it as well.
 */
export async function readAllocation(line: CommandLine, log: Log): Promise<Allocation | null> {
  const { allocationOf } = await import('@skyrocket/worker/allocation/environments');
  const found = allocationOf(process.env, await hostFacts());
  if (found.system === null && !allocationOptions.some((option) => line.has(option))) return null;
  const [givenCores, givenGpus] = [line.value(cores), line.value(gpus)];
  const allocation = {
    ...found,
    ...(givenCores && {
      ...{ cores: givenCores.count, coreIds: givenCores.ids },
      totalCores: givenCores.count * Math.max(1, found.nodes.length),
    }),
    memory: line.value(memory) ?? found.memory,
    gpus: givenGpus ? gpuNames(givenGpus) : found.gpus,
    endsAt: await readEnd(line, found),
  };
  if (found.system !== null && allocation.endsAt === null)
    log.info(`the batch system does not tell when job ${found.jobId} ends; --walltime or --end-time would`);
  return allocation;
}

/**
 * Fits Fireworks into the allocation, if there is one. One that does not say how many cores it needs gets an equal share of
 * the slots: of rapidfire everything, as in FireWorks. As many run side by side as there are cores, but of multi NUM_JOBS.
 */
export function inAllocation(
  options: RapidfireOptions,
  { line, context, allocation }: { line: CommandLine; context: WorkerContext; allocation: Allocation | null },
): RapidfireOptions {
  if (!allocation) return options;
  const room: RoomOptions = {
    allocation,
    defaultCores: Math.max(1, Math.floor(allocation.cores / options.slots)),
    defaultWalltime: line.value(defaultWalltime),
    endingSeconds: endingSeconds(context.config.graceSeconds),
  };
  return { ...options, slots: options.slots === 1 ? allocation.cores : options.slots, room };
}

async function readEnd(line: CommandLine, found: Allocation): Promise<number | null> {
  const [seconds, moment] = [line.value(walltime), line.value(endTime)];
  if (seconds !== null) return Date.now() / 1000 + seconds;
  if (moment !== null) return moment;
  if (found.endsAt !== null || found.system === null) return found.endsAt;
  const { askEndTime } = await import('@skyrocket/worker/allocation/end-time');
  return askEndTime(found);
}

async function hostFacts() {
  const { coresOfThisProcess } = await import('@skyrocket/worker/allocation/affinity');
  return { host: hostname(), cores: availableParallelism(), affinity: coresOfThisProcess() };
}

const gpuNames = ({ count, ids }: CountOrList): string[] =>
  ids?.map(String) ?? Array.from({ length: count }, (_, i) => String(i));

function readCountOrList(word: string, minimum: number): CountOrList | null {
  if (/^\d{1,6}$/.test(word)) return Number(word) < minimum ? null : { count: Number(word), ids: null };
  const ids = readNumberList(word);
  return ids && { count: ids.length, ids };
}

function readMoment(word: string): number | null {
  if (/^\d{9,11}$/.test(word)) return Number(word);
  const moment = readTimestamp(word);
  return moment === null ? null : epochMilliseconds(moment) / 1000;
}
