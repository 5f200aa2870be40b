import type { Connection } from './connection.ts';

/** A transaction as its caller sees it: durable when this resolves, undone when it rejects. */
export type Write = <Result>(work: () => Result) => Promise<Result>;

/** So many share a commit; the others wait until what has come in meanwhile was looked at. */
const mostTogether = 200;

interface Waiting {
  work(): void;
  done(): void;
  failed(error: unknown): void;
}

/**
 * Writes that are asked for in one turn of the event loop share a commit, since all they wait for is the disk. Each keeps
 * its own result and its own error; only when the commit itself fails, all of them do.
 */
export function sharedCommits(database: Pick<Connection, 'writeTogether'>): Write {
  let waiting: Waiting[] = [];

  function commit(): void {
    const together = waiting.slice(0, mostTogether);
    waiting = waiting.slice(mostTogether);
    if (waiting.length > 0) setImmediate(commit);
    writeTogether(database, together);
  }

  return <Result>(work: () => Result) =>
    new Promise<Result>((resolve, failed) => {
      let done = () => {};
      const doWork = () => {
        const result = work();
        done = () => resolve(result);
      };
      waiting.push({ work: doWork, done: () => done(), failed });
      if (waiting.length === 1) setImmediate(commit);
    });
}

function writeTogether(database: Pick<Connection, 'writeTogether'>, together: Waiting[]): void {
  try {
    const failures = database.writeTogether(together.map((one) => one.work));
    for (const [index, one] of together.entries()) {
      const failure = failures[index] ?? null;
      if (failure === null) one.done();
      else one.failed(failure.error);
    }
  } catch (error) {
    for (const one of together) one.failed(error);
  }
}
