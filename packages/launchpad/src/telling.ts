import type { FWAction } from '@skyrocket/model/action';
import { isSkyrocketError } from '@skyrocket/model/errors';
import { exceptionDocument, failedAction } from '@skyrocket/model/failed-action';
import type { LaunchId } from '@skyrocket/model/ids';
import type { Store } from './store/store.ts';

/** What is told of a Launch. */
interface News {
  launchId: LaunchId;
}

/** Seeds of a decision about all of these Launches. */
export const seedsOf = (news: readonly News[]) => ({
  fwIds: [],
  launchIds: [...new Set(news.map((one) => one.launchId))],
});

export interface Telling<One extends News, Result> {
  /** In the order of what is told. */
  tell(news: One[]): Promise<Result[]>;
  /** What becomes of one that is too large even alone. */
  refuse(one: One, reason: string): Promise<Result>;
}

/**
 * Tells what has become of Launches, in parts. What the store cannot keep must not hold back what others tell: where all of
 * a part is too much, it is told in halves.
 */
export async function tellInParts<One extends News, Result>(
  store: Store,
  news: One[],
  telling: Telling<One, Result>,
): Promise<[One, Result][]> {
  if (news.length === 0) return [];
  const told: [One, Result][] = [];
  for (const { seeds } of await store.parts(seedsOf(news))) {
    const wanted = new Set(seeds.launchIds);
    const part = news.filter(({ launchId }) => wanted.has(launchId));
    const results = await tellTogether(part, telling);
    for (const [index, one] of part.entries()) {
      const result = results[index];
      if (result === undefined) throw new Error('more was told than has a result');
      told.push([one, result]);
    }
  }
  return told;
}

async function tellTogether<One extends News, Result>(
  news: One[],
  telling: Telling<One, Result>,
): Promise<Result[]> {
  try {
    return await telling.tell(news);
  } catch (error) {
    if (!isSkyrocketError(error) || error.code !== 'TOO_LARGE') throw error;
    const [first, ...others] = news;
    if (!first) return [];
    if (others.length === 0) return [await telling.refuse(first, error.message)];
    const half = Math.ceil(news.length / 2);
    const before = await tellTogether(news.slice(0, half), telling);
    return [...before, ...(await tellTogether(news.slice(half), telling))];
  }
}

/** The end of a Launch whose own result the store cannot keep. */
export const tooLargeEnd = (reason: string): { state: 'FIZZLED'; action: FWAction } => ({
  state: 'FIZZLED',
  action: failedAction({ message: reason, task: null, exception: exceptionDocument(reason) }),
});
