import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { StateChanges } from '@skyrocket/contract/state-changes';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { epochMilliseconds, type Timestamp } from '@skyrocket/model/timestamp';
import { type FeedItem, type FeedQueue, type Following, feedQueue, inBatches } from './feed-queue.ts';
import { startListening } from './state-listening.ts';
import { changedSince, startLooking, type Watching } from './state-looking.ts';

/** Where somebody stopped to follow: the moment of the last change that was told, and its position where it had one. */
export interface FeedPlace {
  updatedOn: Timestamp;
  position: string | null;
}

/** Tells which Fireworks change, whoever changes them, as long as somebody follows. */
export interface StateFeed {
  /**
   * Everything that changes, in batches; first what has changed since `after`. From a place with a position on every change is
   * told once; from another a change may be told twice. None is left out: a batch with `look` stands for those that were not
   * told one by one. A batch is empty when nothing has changed for a while; so is the first one, from which on all is told.
   */
  follow(after: FeedPlace | null, how: Following): AsyncGenerator<FeedItem[]>;
  /** Something has changed here: it is looked at soon. */
  nudge(): void;
}

export interface FeedOptions {
  launchpad: Pick<LaunchPad, 'findFireworks' | 'identity' | 'stateChanges'>;
  /** How often is looked, in milliseconds, where the launchpad does not tell of itself. */
  lookMilliseconds: number;
  failed(error: unknown): void;
}

export function stateFeed(options: FeedOptions): StateFeed {
  const { launchpad } = options;
  const changes = launchpad.stateChanges();
  const queues = new Set<FeedQueue>();
  let watching: Watching | null = null;
  const tell = (items: FeedItem[]) => {
    for (const queue of queues) queue.push(items);
  };
  const startWatching = () =>
    changes === null ? startLooking({ ...options, tell }) : startListening(changes, { ...options, tell });
  return {
    nudge: () => watching?.soon(),
    async *follow(after, how) {
      const queue = feedQueue(how);
      queues.add(queue);
      watching ??= startWatching();
      try {
        await watching.begun;
        yield [];
        if (after !== null) yield* missed({ launchpad, changes, queue }, after, how);
        yield* queue.batches();
      } finally {
        queues.delete(queue);
        if (queues.size === 0) {
          watching?.stop();
          watching = null;
        }
      }
    },
  };
}

interface Sources {
  launchpad: FeedOptions['launchpad'];
  changes: StateChanges | null;
  /** Already gets what is new. */
  queue: FeedQueue;
}

/** What has changed since somebody stopped to follow. */
async function* missed(
  { launchpad, changes, queue }: Sources,
  { updatedOn, position }: FeedPlace,
  { until }: Following,
): AsyncGenerator<FeedItem[]> {
  if (changes !== null && position !== null) {
    try {
      yield* told(changes, queue, { after: position, until });
      return;
    } catch (error) {
      // Too long ago, or of another launchpad.
      if (!isSkyrocketError(error) || error.code === 'STORE_UNAVAILABLE') throw error;
    }
  }
  yield* inBatches(await changedSince(launchpad, epochMilliseconds(updatedOn)));
}

/** What the launchpad tells from a position until now; the queue has what comes after that, and it alone. */
async function* told(
  changes: StateChanges,
  queue: FeedQueue,
  { after, until }: { after: string; until: AbortSignal },
): AsyncGenerator<FeedItem[]> {
  const end = await changes.now();
  let reached = after;
  if (after < end) {
    for await (const batch of changes.follow(after, until)) {
      if (batch.changes.length > 0) yield batch.changes;
      reached = batch.position;
      if (reached >= end) break;
    }
  }
  queue.skipUntil(reached);
}
