import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { FwId } from '@skyrocket/model/ids';
import type { State } from '@skyrocket/model/states';
import { epochMilliseconds, type Timestamp, timestamp } from '@skyrocket/model/timestamp';

/** That a Firework has another state, or is new. */
export interface StateChange {
  fwId: FwId;
  name: string;
  state: State;
  updatedOn: Timestamp;
}

/** More has changed than is told one by one: who follows looks for itself what is so now. */
export type FeedItem = StateChange | 'look';

/**
 * Tells which Fireworks change, whoever changes them: it looks at those that were updated last, as long as somebody
 * listens. States that a Firework was in only between two looks are not seen; the last one always is.
 */
export interface StateFeed {
  /**
   * Everything that changes, in batches; first what has changed since `after`. A change may be told twice, none is left
   * out. A batch is empty when nothing has changed for a while.
   */
  follow(after: Timestamp | null, how: Following): AsyncGenerator<FeedItem[]>;
  /** Something has changed here: it is looked at soon. */
  nudge(): void;
}

export interface Following {
  /** Ends it. */
  until: AbortSignal;
  /** After so long an empty batch comes. */
  silenceMilliseconds: number;
}

export interface FeedOptions {
  launchpad: Pick<LaunchPad, 'findFireworks' | 'identity'>;
  /** How often is looked, in milliseconds, where nothing is heard of changes. */
  lookMilliseconds: number;
  failed(error: unknown): void;
}

/** What is committed later than others may be dated earlier; by as much as clocks of writers differ where there are many. */
const overlapSeconds = { embedded: 2, mongodb: 30, server: 30 } as const;

/** Looks follow each other no sooner, in milliseconds, and take at most a tenth of the time. */
const soonMilliseconds = 100;
const shareOfTime = 10;

/** When more than so many have changed, they are not told one by one. */
const toldOneByOne = 20_000;

export function stateFeed(options: FeedOptions): StateFeed {
  const listeners = new Set<(items: FeedItem[]) => void>();
  let looking: Looking | null = null;
  const tell = (items: FeedItem[]) => {
    for (const listener of listeners) listener(items);
  };
  return {
    nudge: () => looking?.soon(),
    async *follow(after, how) {
      const queue = itemQueue(how);
      listeners.add(queue.push);
      looking ??= startLooking(options, tell);
      try {
        await looking.begun;
        if (after !== null) queue.push(await changedSince(options.launchpad, epochMilliseconds(after)));
        yield* queue.batches();
      } finally {
        listeners.delete(queue.push);
        if (listeners.size === 0) {
          looking.stop();
          looking = null;
        }
      }
    },
  };
}

interface Looking {
  /** Resolves when the first look has told what is so: everything after that is a change. */
  begun: Promise<void>;
  soon(): void;
  stop(): void;
}

function startLooking(options: FeedOptions, tell: (items: FeedItem[]) => void): Looking {
  const { launchpad, lookMilliseconds, failed } = options;
  const seen = new Map<FwId, StateChange>();
  let from = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = 0;
  let running = false;
  let stopped = false;

  async function look(): Promise<FeedItem[]> {
    const { kind } = await launchpad.identity();
    const overlap = overlapSeconds[kind] * 1000;
    const began = Date.now();
    const found = await changedSince(launchpad, from - overlap);
    from = began;
    const fresh = found.filter((item) => item === 'look' || isNews(seen.get(item.fwId), item));
    for (const item of found) if (item !== 'look') seen.set(item.fwId, item);
    for (const [id, { updatedOn }] of seen) {
      if (epochMilliseconds(updatedOn) < from - 2 * overlap) seen.delete(id);
    }
    return fresh;
  }

  function schedule(milliseconds: number): void {
    clearTimeout(timer);
    if (stopped) return;
    dueAt = performance.now() + milliseconds;
    timer = setTimeout(() => void turn(), milliseconds);
  }

  async function turn(): Promise<void> {
    running = true;
    const began = performance.now();
    try {
      const items = await look();
      if (items.length > 0) tell(items);
    } catch (error) {
      failed(error);
    }
    running = false;
    schedule(Math.max(lookMilliseconds, shareOfTime * (performance.now() - began)));
  }

  const begun = look().then(
    () => schedule(lookMilliseconds),
    (error: unknown) => {
      failed(error);
      schedule(lookMilliseconds);
    },
  );
  return {
    begun,
    soon() {
      if (!running && dueAt - performance.now() > soonMilliseconds) schedule(soonMilliseconds);
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

const isNews = (before: StateChange | undefined, now: StateChange) =>
  before === undefined || before.state !== now.state || before.updatedOn !== now.updatedOn;

/** The Fireworks updated since a moment, oldest change first. Reads the newest, by the index, until they are old enough. */
async function changedSince(launchpad: Pick<LaunchPad, 'findFireworks'>, since: number): Promise<FeedItem[]> {
  const oldest = timestamp(since);
  for (let limit = 100; limit <= toldOneByOne; limit *= 4) {
    const { fireworks } = await launchpad.findFireworks({
      sort: { field: 'updated_on', direction: 'descending' },
      limit,
      fields: 'summary',
    });
    const changed = fireworks.filter(({ updatedOn }) => updatedOn >= oldest);
    if (changed.length < limit)
      return changed.reverse().map(({ fwId, name, state, updatedOn }) => ({ fwId, name, state, updatedOn }));
  }
  return ['look'];
}

interface ItemQueue {
  push(items: FeedItem[]): void;
  batches(): AsyncGenerator<FeedItem[]>;
}

/** A listener that does not keep up is told to look for itself, so that no queue grows without bounds. */
function itemQueue({ until, silenceMilliseconds }: Following): ItemQueue {
  let waiting: FeedItem[] = [];
  let wake = () => {};
  until.addEventListener('abort', () => wake(), { once: true });
  const somethingToTell = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, silenceMilliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  return {
    push(items) {
      waiting = waiting.length + items.length > toldOneByOne ? ['look'] : [...waiting, ...items];
      wake();
    },
    async *batches() {
      while (!until.aborted) {
        if (waiting.length === 0) await somethingToTell();
        if (until.aborted) return;
        const batch = waiting;
        waiting = [];
        yield batch;
      }
    },
  };
}
