import type { StateChange } from '@skyrocket/contract/state-changes';

/** A change, with its position where the launchpad gives them. */
export interface FeedChange extends StateChange {
  position?: string;
}

/** More has changed than is told one by one: who follows looks for itself what is so now. */
export type FeedItem = FeedChange | 'look';

/** When more than so many have changed, they are not told one by one. */
export const toldOneByOne = 20_000;

/** So many at most are told at once: for a reader that is slow the server keeps no more as text. */
const inOneBatch = 500;

export function* inBatches(items: FeedItem[]): Generator<FeedItem[]> {
  for (let from = 0; from < items.length; from += inOneBatch) yield items.slice(from, from + inOneBatch);
}

export interface Following {
  /** Ends it. */
  until: AbortSignal;
  /** After so long an empty batch comes. */
  silenceMilliseconds: number;
}

export interface FeedQueue {
  push(items: FeedItem[]): void;
  /** Leaves out everything that is not after this position. */
  skipUntil(position: string): void;
  batches(): AsyncGenerator<FeedItem[]>;
}

/** A listener that does not keep up is told to look for itself, so that no queue grows without bounds. */
export function feedQueue({ until, silenceMilliseconds }: Following): FeedQueue {
  let waiting: FeedItem[] = [];
  let skipped = '';
  const isAfter = (item: FeedItem) =>
    item === 'look' || item.position === undefined || item.position > skipped;
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
      const fresh = items.filter(isAfter);
      waiting = waiting.length + fresh.length > toldOneByOne ? ['look'] : [...waiting, ...fresh];
      wake();
    },
    skipUntil(position) {
      skipped = position;
      waiting = waiting.filter(isAfter);
    },
    async *batches() {
      while (!until.aborted) {
        if (waiting.length === 0) await somethingToTell();
        if (until.aborted) return;
        yield waiting.splice(0, inOneBatch);
      }
    },
  };
}
