import type { ObjectId } from 'mongodb';
import type { LockToken } from './locks.ts';

/** A lock of this process under which nobody works any more, and where it was taken, or may have been. */
export interface LeftLock {
  token: LockToken;
  workflows: readonly ObjectId[];
}

/**
 * Locks that this process could not end, because the database did not answer. Its next call that reaches the database ends
 * them first, so that an outage of a second does not become one of a lock's whole time. They are known to this process
 * alone: if it dies too, others end them when their time is over.
 */
export class LeftLocks {
  #left: (LeftLock & { due: number })[] = [];

  add(...locks: readonly LeftLock[]): void {
    this.#left.push(...locks.map((lock) => ({ ...lock, due: 0 })));
  }

  /** To be tried again after a while: who tries at each call keeps others from the Workflows, who may be trying the same. */
  addForLater(lock: LeftLock): void {
    this.#left.push({ ...lock, due: performance.now() + laterMilliseconds * (0.5 + Math.random()) });
  }

  /** All that are to be tried now; they are forgotten here. */
  take(): LeftLock[] {
    const now = performance.now();
    const due = this.#left.filter((lock) => lock.due <= now);
    if (due.length > 0) this.#left = this.#left.filter((lock) => lock.due > now);
    return due;
  }
}

const laterMilliseconds = 1000;
