import type { Decision } from '@skyrocket/model/change';
import type { Seeds, Store, View } from './store/store.ts';

/** A request that is decided in parts: see {@link Store.parts}. */
export interface PartedRequest {
  /** Null: the decision itself sees that it was taken before. */
  key: string | null;
  seeds: Seeds;
  expect?: 'children';
}

/**
 * Decides a request, one part after another. Outcomes are plain JSON, so that a call that is repeated with its key gets
 * those that the first one got.
 */
export async function decideInParts<Outcome>(
  store: Store,
  { key, seeds, ...request }: PartedRequest,
  decision: (view: View, seeds: Seeds) => Decision<Outcome>,
): Promise<Outcome[]> {
  if (seeds.fwIds.length === 0 && seeds.launchIds.length === 0) return [];
  const outcomes: Outcome[] = [];
  for (const part of await store.parts(seeds)) {
    const decided = await store.decide<Outcome>(
      {
        ...request,
        key: key === null ? null : `${key}/${part.name}`,
        seeds: part.seeds,
        answer: (outcome) => JSON.stringify(outcome),
      },
      (view) => decision(view, part.seeds),
    );
    outcomes.push(decided.repeated ? JSON.parse(decided.answer) : decided.outcome);
  }
  return outcomes;
}

/** The same decision with another outcome. */
export function withOutcome<From, To>(decision: Decision<From>, outcome: (from: From) => To): Decision<To> {
  return decision.kind === 'needs' ? decision : { ...decision, outcome: outcome(decision.outcome) };
}
