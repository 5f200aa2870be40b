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
  #left: LeftLock[] = [];

  add(...locks: readonly LeftLock[]): void {
    this.#left.push(...locks);
  }

  /** All of them; they are forgotten here. */
  take(): LeftLock[] {
    const left = this.#left;
    this.#left = [];
    return left;
  }
}
