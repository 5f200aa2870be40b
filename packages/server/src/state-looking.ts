import type { LaunchPad } from '@skyrocket/contract/launchpad';
import type { StateChange } from '@skyrocket/contract/state-changes';
import type { FwId } from '@skyrocket/model/ids';
import { epochMilliseconds, timestamp } from '@skyrocket/model/timestamp';
import { type FeedItem, toldOneByOne } from './feed-queue.ts';

/** Something that sees what changes, until it is stopped. */
export interface Watching {
  /** Resolves when everything that changes from now on will be told. */
  begun: Promise<void>;
  /** Something has changed here: it is looked at soon. */
  soon(): void;
  stop(): void;
}

export interface Looking {
  launchpad: Pick<LaunchPad, 'findFireworks' | 'identity'>;
  /** How often is looked, in milliseconds, where nothing is heard of changes. */
  lookMilliseconds: number;
  tell(items: FeedItem[]): void;
  failed(error: unknown): void;
}

/** What is committed later than others may be dated earlier; by as much as clocks of writers differ where there are many. */
const overlapSeconds = { embedded: 2, mongodb: 30, server: 30 } as const;

/** Looks follow each other no sooner, in milliseconds, and take at most a tenth of the time. */
const soonMilliseconds = 100;
const shareOfTime = 10;

/**
 * Looks at those Fireworks that were updated last, again and again. States that a Firework was in only between two looks are
 * not seen; the last one always is.
 */
export function startLooking({ launchpad, lookMilliseconds, tell, failed }: Looking): Watching {
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

  // The first look tells what is so: everything after that is a change.
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
export async function changedSince(
  launchpad: Pick<LaunchPad, 'findFireworks'>,
  since: number,
): Promise<FeedItem[]> {
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
