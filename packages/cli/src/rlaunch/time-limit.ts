import type { Allocation } from '@skyrocket/worker/allocation/allocation';
import type { StopRequests } from '@skyrocket/worker/stop';

/** Telling results takes no longer than this, in seconds, once the tasks have ended. */
const tellingSeconds = 10;

/** How long before the end of an allocation everything is ended: tasks get their grace, results are told. */
export const endingSeconds = (graceSeconds: number): number => graceSeconds + tellingSeconds;

/** Signals by which batch systems say that the time is nearly over (`sbatch --signal`, `qsub -notify`). */
const warnings = ['SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/** Longer timers fire at once. */
const longestTimeoutMilliseconds = 2 ** 31 - 1;

/** Asks for a stop in time before the allocation ends, or when the batch system warns. Returns what takes that back. */
export function stopBeforeEnd(
  stop: StopRequests,
  { endsAt, jobId }: Allocation,
  graceSeconds: number,
): () => void {
  const ends = jobId === null ? 'the time of this worker ends' : `the time of job ${jobId} ends`;
  const handlers = warnings.map((signal) => {
    const handler = () => stop.ask('SIGTERM', `${ends} (the batch system sent ${signal})`);
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  const milliseconds = endsAt === null ? null : (endsAt - endingSeconds(graceSeconds)) * 1000 - Date.now();
  const timer =
    milliseconds === null || milliseconds > longestTimeoutMilliseconds
      ? null
      : setTimeout(() => stop.ask('SIGTERM', ends), Math.max(0, milliseconds));
  timer?.unref();
  return () => {
    for (const remove of handlers) remove();
    if (timer) clearTimeout(timer);
  };
}
