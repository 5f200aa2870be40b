import type { ExplainedLaunch, ExplainLost } from '@skyrocket/contract/maintenance';
import { explainLostLaunches, type LaunchEnd } from '@skyrocket/model/decisions/lost-launches';
import { decideInParts, withOutcome } from './deciding.ts';
import type { Store } from './store/store.ts';

/** Adds to lost Launches why their jobs ended: a Launch that was lost keeps its job until then (`upkeep.ts`). */
export async function explainLost(
  store: Store,
  { key, ends }: ExplainLost,
): Promise<{ explained: ExplainedLaunch[] }> {
  const byId = new Map(ends.map((end) => [end.launchId, end]));
  const seeds = { fwIds: [], launchIds: [...byId.keys()] };
  const explained = await decideInParts(store, { key, seeds }, (view, part) => {
    const known = part.launchIds.flatMap((launchId): LaunchEnd[] => {
      const [end, launch] = [byId.get(launchId), view.launches.get(launchId)];
      return end && launch?.active ? [{ ...end, fwId: launch.fwId }] : [];
    });
    return withOutcome(
      explainLostLaunches(view.neighbourhood, { ends: known }),
      (outcome) => outcome.explained,
    );
  });
  return { explained: explained.flat() };
}
