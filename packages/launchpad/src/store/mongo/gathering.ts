import { MongoNetworkError, MongoServerSelectionError } from 'mongodb';

/** So often calls are gathered: nobody waits longer for others to come. */
const gatherMilliseconds = 50;

/** So many are answered together; the others wait for the next time. */
const mostTogether = 1_000;

interface Waiting<Request, Result> {
  request: Request;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Answers calls together that come at about the same moment and are not urgent, so that thousands of callers cost no more
 * database commands than a few. One that comes alone is answered at once. Each has its own result and its own error: what
 * fails together is tried one by one, unless the database is away for all of them.
 */
export function gathered<Request, Result>(
  work: (requests: Request[]) => Promise<Result[]>,
): (request: Request) => Promise<Result> {
  let waiting: Waiting<Request, Result>[] = [];
  let isDue = false;
  let notBefore = 0;

  function due(): void {
    isDue = waiting.length > 0;
    if (isDue) setTimeout(answerAll, Math.max(0, notBefore - performance.now()));
  }

  function answerAll(): void {
    notBefore = performance.now() + gatherMilliseconds;
    const together = waiting.slice(0, mostTogether);
    waiting = waiting.slice(mostTogether);
    void answer(together, work).finally(due);
  }

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (!isDue) due();
    });
}

/** Never rejects: those who wait are told. */
async function answer<Request, Result>(
  together: Waiting<Request, Result>[],
  work: (requests: Request[]) => Promise<Result[]>,
): Promise<void> {
  try {
    const results = await work(together.map(({ request }) => request));
    for (const [index, result] of results.entries()) together[index]?.resolve(result);
  } catch (error) {
    const isAway = error instanceof MongoNetworkError || error instanceof MongoServerSelectionError;
    if (isAway || together.length === 1) for (const one of together) one.reject(error);
    else for (const one of together) await answer([one], work);
  }
}
