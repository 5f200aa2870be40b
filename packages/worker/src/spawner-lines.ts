import type { Frame } from './spawner-frames.ts';

/**
 * Commands of one line run one after another. The next is started here as soon as the one before it is over, so that it
 * does not wait for a worker that is writing to a disk just then. Nobody waits for long: behind a command that runs for
 * more than a second all others are turned away.
 */
export interface CommandLines {
  /** Whether it is not to be started now: it stands in its line, or was turned away. */
  join(line: number, order: Frame): boolean;
  /** Keeps an order about a command that stands in a line; false when none does. */
  keep(order: Frame): boolean;
  /** Takes a command out of its line; false when it does not stand in one. */
  leave(command: number): boolean;
  /** A command is over, or could not be started: what was ordered about the next one of its line, its start first. */
  next(command: number): Frame[];
  /** Nobody that stands in a line is to be started any more. */
  clear(): void;
}

/** Behind one that runs for longer nobody stands in a line. */
export const turnedAwayAfterSeconds = 1;

interface Line {
  /** The command that runs, and since when. */
  first: number;
  since: number;
  /** What was ordered about those behind it. */
  behind: Map<number, Frame[]>;
  timer: NodeJS.Timeout | null;
}

export function createCommandLines(turnAway: (command: number) => void): CommandLines {
  const lines = new Map<number, Line>();
  const lineOf = new Map<number, number>();
  const lineWith = (command: number) => lines.get(lineOf.get(command) ?? -1);

  function turnAwayBehind(line: Line): void {
    const left = line.since + turnedAwayAfterSeconds * 1000 - performance.now();
    line.timer = left > 0 && line.behind.size > 0 ? setTimeout(turnAwayBehind, left, line) : null;
    if (left > 0) return;
    for (const command of line.behind.keys()) {
      lineOf.delete(command);
      turnAway(command);
    }
    line.behind.clear();
  }

  return {
    join(number, order) {
      lineOf.set(order.command, number);
      const line = lines.get(number);
      if (!line) {
        const since = performance.now();
        lines.set(number, { first: order.command, since, behind: new Map(), timer: null });
        return false;
      }
      line.behind.set(order.command, [order]);
      if (!line.timer) turnAwayBehind(line);
      return true;
    },
    keep(order) {
      const kept = lineWith(order.command)?.behind.get(order.command);
      kept?.push(order);
      return kept !== undefined;
    },
    leave(command) {
      const left = lineWith(command)?.behind.delete(command) ?? false;
      if (left) lineOf.delete(command);
      return left;
    },
    next(command) {
      const number = lineOf.get(command);
      const line = lineWith(command);
      if (number === undefined || line?.first !== command) return [];
      lineOf.delete(command);
      const [next] = line.behind;
      if (!next) {
        if (line.timer) clearTimeout(line.timer);
        lines.delete(number);
        return [];
      }
      const [first, orders] = next;
      line.behind.delete(first);
      Object.assign(line, { first, since: performance.now() });
      return orders;
    },
    clear() {
      for (const { behind } of lines.values()) behind.clear();
    },
  };
}
