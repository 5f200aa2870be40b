import { changedFirework, changedLaunch } from '../apply-change.ts';
import { fireworkToDocument } from '../firework-document.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { WholeFirework } from '../neighbourhood.ts';
import type { LaunchRecord } from '../records.ts';
import type { UserMap } from '../user-data.ts';
import type { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';

export const fizzledParentsKey = '_fizzled_parents';

/**
 * Tells a Firework that runs although parents are FIZZLED which ones they are: `spec._fizzled_parents` becomes the list
 * of their documents, once (format §3.2 rule 4).
 */
export function noteFizzledParents(draft: Draft, child: FireworkDraft): void {
  if (!child.allowFizzledParents || child.knowsFizzledParents || child.parents.fizzled === 0) return;
  const documents = fizzledParents(draft, child).map((id) => documentOf(draft, id));
  const found = documents.filter((document) => document !== null);
  child.spec = child.spec.assign(new Map([[fizzledParentsKey, found]]));
}

function fizzledParents(draft: Draft, child: FireworkDraft): FwId[] {
  const stored = child.storedFizzledParents === 0 ? [] : draft.given.fizzledParents.get(child.fwId);
  if (!stored) draft.needed.fizzledParents.add(child.fwId);
  const ids = new Set([...(stored ?? []), ...child.freshFizzledParents]);
  return [...ids].filter((id) => (draft.peek(id)?.state ?? 'FIZZLED') === 'FIZZLED').sort((a, b) => a - b);
}

/** A Firework's file form as it is after the steps taken so far; null when it must be loaded first. */
function documentOf(draft: Draft, id: FwId): UserMap | null {
  const whole = draft.given.documents.get(id);
  if (!whole) {
    draft.needed.documents.add(id);
    return null;
  }
  const { firework, launches, archivedLaunches } = changed(draft, whole);
  return fireworkToDocument(firework, { active: launches, archived: archivedLaunches });
}

function changed(draft: Draft, whole: WholeFirework): WholeFirework {
  const parent = draft.peek(whole.firework.fwId);
  if (!parent) return whole;
  const launchesOf = (ids: readonly LaunchId[]) =>
    ids
      .map((id) => recordOf(draft, whole, id))
      .filter((launch) => launch !== undefined)
      .map((launch) => changedLaunch(launch, draft.launchChange(launch.launchId) ?? {}));
  return {
    firework: changedFirework(whole.firework, parent.change ?? {}, whole.firework.updatedOn),
    launches: launchesOf(parent.launches),
    archivedLaunches: launchesOf(parent.archivedLaunches),
  };
}

/** One that was taken over in this change stands in the document of the duplicate it is from. */
function recordOf(draft: Draft, whole: WholeFirework, id: LaunchId): LaunchRecord | undefined {
  const own = [...whole.launches, ...whole.archivedLaunches].find(({ launchId }) => launchId === id);
  if (own) return own;
  for (const { fwId, launches } of draft.given.nodes.values()) {
    if (fwId === whole.firework.fwId || !launches.some(({ launchId }) => launchId === id)) continue;
    const duplicate = draft.given.documents.get(fwId);
    if (!duplicate) draft.needed.documents.add(fwId);
    return duplicate?.launches.find(({ launchId }) => launchId === id);
  }
  return undefined;
}
