import type { StartedLaunch } from './started-launch.ts';

/** Started Launches that wait for a slot, in the order of their start; those of each kind for themselves. */
export interface StartedQueue {
  readonly length: number;
  /** How many of a kind wait, and how many seconds they take together. */
  of(kind: string): Pick<Queue, 'seconds'> & { count: number };
  add(kind: string, entry: QueuedLaunch): void;
  /** The next one of a kind; null when none waits. */
  take(kind: string): QueuedLaunch | null;
  takeAll(): StartedLaunch[];
  kinds(): Iterable<string>;
}

export interface QueuedLaunch {
  launch: StartedLaunch;
  /** How long it will take. */
  seconds: number;
}

interface Queue {
  waiting: QueuedLaunch[];
  seconds: number;
}

const noQueue: Queue = { waiting: [], seconds: 0 };

export function createStartedQueue(): StartedQueue {
  const queues = new Map<string, Queue>();
  let length = 0;
  return {
    get length() {
      return length;
    },
    of(kind) {
      const { waiting, seconds } = queues.get(kind) ?? noQueue;
      return { count: waiting.length, seconds };
    },
    add(kind, entry) {
      const queue = queues.get(kind) ?? { waiting: [], seconds: 0 };
      queue.waiting.push(entry);
      queue.seconds += entry.seconds;
      queues.set(kind, queue);
      length++;
    },
    take(kind) {
      const queue = queues.get(kind);
      const next = queue?.waiting.shift();
      if (!queue || !next) return null;
      length--;
      queue.seconds -= next.seconds;
      if (queue.waiting.length === 0) queues.delete(kind);
      return next;
    },
    takeAll() {
      const all = [...queues.values()].flatMap(({ waiting }) => waiting.map(({ launch }) => launch));
      queues.clear();
      length = 0;
      return all;
    },
    kinds: () => queues.keys(),
  };
}
