import type { Decision } from '../change.ts';
import { isSkyrocketError } from '../errors.ts';
import type { FwId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { type PathUpdate, readAssignments, readMongoUpdate, updatedSpec } from '../spec-update.ts';
import type { State } from '../states.ts';
import { float, type UserMap } from '../user-data.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { refresh } from './refresh.ts';
import { skip, type UserOutcome } from './user-outcome.ts';

/** Sets `spec._priority`, in any state (format §13). @throws SkyrocketError NOT_FOUND */
export function setPriority(
  neighbourhood: Neighbourhood,
  request: { fwIds: FwId[]; priority: number },
): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const fireworks = draft.named(request.fwIds);
  const { priority } = request;
  const value = Number.isSafeInteger(priority) ? priority : float(priority);
  for (const firework of fireworks) {
    firework.spec = firework.spec.assign(new Map([['_priority', value]]));
  }
  return draft.decide({ changed: fireworks.map(({ fwId }) => fwId), skipped: [] });
}

/**
 * Changes specs of Fireworks that are not claimed, running or done (format §13). `set`: dotted paths below `spec`, numbers
 * reach into lists, and their values. `update`: a MongoDB update document over the Firework, its keys `spec.…`, which
 * counts instead of `set`.
 * @throws SkyrocketError NOT_FOUND; BAD_USAGE when the paths or operators cannot be used on any spec
 */
export function updateSpecs(
  neighbourhood: Neighbourhood,
  request: { fwIds: FwId[]; set: UserMap; update?: UserMap },
): Decision<UserOutcome> {
  const updates = request.update ? readMongoUpdate(request.update) : readAssignments(request.set);
  const draft = new Draft(neighbourhood);
  const outcome: UserOutcome = { changed: [], skipped: [] };
  for (const firework of draft.named(request.fwIds)) {
    if (!editable.has(firework.state)) {
      skip(outcome, firework, `it is ${firework.state}; rerun it first`);
      continue;
    }
    const obstacle = updateOne(draft, firework, updates);
    if (obstacle === null) outcome.changed.push(firework.fwId);
    else skip(outcome, firework, obstacle);
  }
  return draft.decide(outcome);
}

const editable: ReadonlySet<State> = new Set<State>(['READY', 'WAITING', 'FIZZLED', 'DEFUSED', 'PAUSED']);

/** Returns what stands in the way, null when nothing does. */
function updateOne(draft: Draft, firework: FireworkDraft, updates: readonly PathUpdate[]): string | null {
  const stored = draft.storedSpec(firework);
  if (!stored) return null;
  const allowedFizzledParents = firework.allowFizzledParents;
  try {
    const updated = updatedSpec(firework.spec.over(stored), updates);
    for (const key of new Set(updates.flatMap(({ path }) => path.slice(0, 1)))) {
      const value = updated.get(key);
      firework.spec =
        value === undefined ? firework.spec.remove(key) : firework.spec.assign(new Map([[key, value]]));
    }
  } catch (error) {
    if (!isSkyrocketError(error) || error.code !== 'BAD_USAGE') throw error;
    return error.message.replace(/\.$/, '');
  }
  // A Firework that waits for a FIZZLED parent need not wait any longer when it is told so.
  if (firework.allowFizzledParents !== allowedFizzledParents) refresh(draft, [firework]);
  return null;
}
