import type { FWorker } from './records.ts';
import type { UserMap } from './user-data.ts';

/** The MongoDB filter, over the documents of format §2.1, of the Fireworks that a worker may claim: format §6. */
export function workerFilter(_fworker: FWorker): UserMap {
  throw new Error('not built yet');
}
