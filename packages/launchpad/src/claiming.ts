import type { Claimed, ClaimedLaunch } from '@skyrocket/contract/running';
import { takeOverDuplicates } from '@skyrocket/model/decisions/duplicates';
import { isUserMap } from '@skyrocket/model/user-data';
import type { LeaseTerms } from './lease-terms.ts';
import type { Store, StoreClaim } from './store/store.ts';

/**
 * Claims Fireworks for an agent. One whose duplicate was run, or runs, takes over that Launch instead (format §12.2), and
 * is not among the claims (`taken` counts them).
 */
export async function claimFireworks(
  store: Store,
  { leaseSeconds }: LeaseTerms,
  request: Omit<StoreClaim, 'leaseSeconds'>,
): Promise<Claimed & { taken: number }> {
  const { claims, dupefinders, exhausted } = await store.claim({ ...request, leaseSeconds });
  const suspects = new Set(dupefinders);
  const remaining: ClaimedLaunch[] = [];
  for (const claim of claims) {
    const taken = suspects.has(claim.firework.fwId) && (await takesOver(store, claim));
    if (!taken) remaining.push(claim);
  }
  return { claims: remaining, exhausted, taken: claims.length - remaining.length };
}

/** Finders of the user's own are Python code, which no launchpad runs: such a Firework is claimed as any other. */
const exactFinders: ReadonlySet<unknown> = new Set(['DupeFinderExact', 'Dupe Finder Exact']);

async function takesOver(store: Store, { launchId, firework }: ClaimedLaunch): Promise<boolean> {
  const { fwId, spec } = firework;
  const finder = spec.get('_dupefinder') ?? null;
  if (!isUserMap(finder) || !exactFinders.has(finder.get('_fw_name'))) return false;
  const matches = await store.findDuplicates(fwId);
  if (matches.length === 0) return false;
  const decided = await store.decide(
    { key: null, seeds: { fwIds: [fwId, ...matches], launchIds: [] }, answer: () => '' },
    ({ neighbourhood, now }) => takeOverDuplicates(neighbourhood, { fwId, claimed: launchId, matches, now }),
  );
  return !decided.repeated && decided.outcome.taken;
}
