import { isAway } from './mongo-errors.ts';

export interface Gathering<Request> {
  /** How often calls that are not urgent are answered; default: whenever those before have been. */
  everyMilliseconds?: number;
  /** What a call counts for; default: 1. */
  weight?: (request: Request) => number;
  /** So much is answered together; the other calls wait for the next time. Default: 1,000. */
  most?: number;
}

interface Waiting<Request, Result> {
  request: Request;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Answers calls together that come at about the same moment, or while those before are answered, so that thousands of callers
 * cost no more database commands than a few. One that comes alone is answered at once. Each has its own result and its own
 * error: what fails together is tried one by one, unless the database is away for all of them.
 */
export function gathered<Request, Result>(
  work: (requests: Request[]) => Promise<Result[]>,
  { everyMilliseconds = 0, weight = () => 1, most = 1_000 }: Gathering<Request> = {},
): (request: Request) => Promise<Result> {
  let waiting: Waiting<Request, Result>[] = [];
  let isDue = false;
  let notBefore = 0;

  function due(): void {
    isDue = waiting.length > 0;
    if (!isDue) return;
    const pause = notBefore - performance.now();
    if (pause > 0) setTimeout(answerAll, pause);
    else setImmediate(answerAll);
  }

  function answerAll(): void {
    notBefore = performance.now() + everyMilliseconds;
    const weights = waiting.map(({ request }) => weight(request));
    const count = countTogether(weights, most);
    const together = waiting.slice(0, count);
    waiting = waiting.slice(count);
    void answer(together, work).finally(due);
  }

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject });
      if (!isDue) due();
    });
}

/** How many of the first calls are answered together: one at least. */
function countTogether(weights: readonly number[], most: number): number {
  let sum = 0;
  const count = weights.findIndex((weight) => {
    sum += weight;
    return sum > most;
  });
  return count < 0 ? weights.length : Math.max(1, count);
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
    if (isAway(error) || together.length === 1) for (const one of together) one.reject(error);
    else for (const one of together) await answer([one], work);
  }
}
