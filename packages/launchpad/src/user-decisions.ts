import type { RerunFireworks, UpdateSpecs, UserDecision } from '@skyrocket/contract/decisions';
import type { OnFireworks } from '@skyrocket/contract/keyed';
import type { Decision } from '@skyrocket/model/change';
import { archive } from '@skyrocket/model/decisions/archive';
import { defuse, reignite } from '@skyrocket/model/decisions/defuse';
import { setPriority, updateSpecs } from '@skyrocket/model/decisions/edit-specs';
import { pause, resume } from '@skyrocket/model/decisions/pause';
import { refreshFireworks } from '@skyrocket/model/decisions/refresh';
import { rerun } from '@skyrocket/model/decisions/rerun';
import type { UserOutcome } from '@skyrocket/model/decisions/user-outcome';
import type { FwId } from '@skyrocket/model/ids';
import type { Neighbourhood } from '@skyrocket/model/neighbourhood';
import { decideInParts, withOutcome } from './deciding.ts';
import type { Store } from './store/store.ts';

/** What users may ask of Fireworks that are stored: the operations of the contract, by their names. */
export function userDecisions(store: Store) {
  return {
    rerun: (request: RerunFireworks) =>
      decideFor(store, request, (view, fwIds) => rerun(view, { ...request, fwIds })),
    pause: (request: OnFireworks) => decideFor(store, request, (view, fwIds) => pause(view, { fwIds })),
    resume: (request: OnFireworks) => decideFor(store, request, (view, fwIds) => resume(view, { fwIds })),
    defuse: (request: OnFireworks) => decideFor(store, request, (view, fwIds) => defuse(view, { fwIds })),
    reignite: (request: OnFireworks) => decideFor(store, request, (view, fwIds) => reignite(view, { fwIds })),
    archive: (request: OnFireworks) => decideFor(store, request, (view, fwIds) => archive(view, { fwIds })),
    setPriority: (request: OnFireworks & { priority: number }) =>
      decideFor(store, request, (view, fwIds) => setPriority(view, { ...request, fwIds })),
    updateSpecs: (request: UpdateSpecs) =>
      decideFor(store, request, (view, fwIds) => updateSpecs(view, { ...request, fwIds })),
    refresh: (request: OnFireworks) =>
      decideFor(store, request, (view, fwIds) =>
        withOutcome(refreshFireworks(view, { fwIds }), ({ changed }) => ({ changed, skipped: [] })),
      ),
  };
}

async function decideFor(
  store: Store,
  { key, fwIds }: OnFireworks,
  decision: (neighbourhood: Neighbourhood, fwIds: FwId[]) => Decision<UserOutcome>,
): Promise<UserDecision> {
  const outcomes = await decideInParts(store, { key, seeds: { fwIds, launchIds: [] } }, (view, seeds) =>
    decision(view.neighbourhood, seeds.fwIds),
  );
  return {
    changed: outcomes.flatMap(({ changed }) => changed),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
  };
}
