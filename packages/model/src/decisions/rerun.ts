import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import { isTruthy, isUserMap, type UserValue } from '../user-data.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { dropRecovery, type Recovery, recover, recoveryKey } from './recovery.ts';
import { refresh } from './refresh.ts';
import { skip, type UserOutcome } from './user-outcome.ts';

export interface RerunRequest {
  fwIds: FwId[];
  /** Resume at the task that failed. `launchIds`: one of each Firework; absent: the last active one of each. */
  taskLevel?: Recovery;
  /** What becomes of the details of the exception that fizzled a Firework (EXCEPT_DETAILS_ON_RERUN). Default: dropped. */
  exceptionDetails?: 'keep' | 'drop';
}

/**
 * Runs Fireworks again, and resets their descendants (format §3.3). `changed` names also sharers that run again.
 * @throws SkyrocketError NOT_FOUND
 */
export function rerun(neighbourhood: Neighbourhood, request: RerunRequest): Decision<UserOutcome> {
  const draft = new Draft(neighbourhood);
  const rerunning = new Rerunning(draft, request);
  for (const firework of draft.named(request.fwIds)) {
    const sharers = sharersOf(draft, firework);
    rerunning.rerun(firework);
    for (const sharer of sharers) rerunning.rerun(sharer);
  }
  return draft.decide(rerunning.outcome);
}

/**
 * Runs one Firework again, whatever its state: its Launches are archived, every descendant that is not WAITING is reset,
 * and it becomes what its parents say.
 */
function runAgain(
  draft: Draft,
  firework: FireworkDraft,
  exceptionDetails: RerunRequest['exceptionDetails'] = 'drop',
): FireworkDraft[] {
  const again = [firework];
  reset(draft, firework, exceptionDetails);
  for (const parent of again) {
    for (const child of draft.children(parent, parent === firework ? 'children' : 'descendants')) {
      if (child.state === 'WAITING') continue;
      // A descendant starts afresh: the checkpoint of an earlier recovery belongs to data that is out of date now.
      if (child.launches.length > 0) child.spec = child.spec.remove(recoveryKey);
      reset(draft, child, exceptionDetails);
      again.push(child);
    }
  }
  refresh(draft, [firework]);
  return again;
}

/** The duplicates that share an active Launch with a Firework, as far as they are loaded: they run again when it does. */
export function sharersOf(draft: Draft, firework: FireworkDraft): FireworkDraft[] {
  return firework.sharers
    .map((id) => draft.firework(id))
    .filter((sharer) => sharer !== null)
    .filter((sharer) => sharer.launches.some((launch) => firework.launches.includes(launch)));
}

/** Runs a Firework and the duplicates that share its Launches again, from the start; those of them that cannot be stay as they are. */
export function runAgainWithSharers(draft: Draft, firework: FireworkDraft): void {
  const others = sharersOf(draft, firework).filter(mayRerun);
  for (const one of [firework, ...others]) {
    dropRecovery(draft, one);
    runAgain(draft, one);
  }
}

/** The reruns of one request, which may name a Firework and its descendants. */
class Rerunning {
  readonly outcome: UserOutcome = { changed: [], skipped: [] };
  readonly #draft: Draft;
  readonly #request: RerunRequest;
  readonly #seen = new Set<FwId>();
  readonly #reset = new Set<FwId>();

  constructor(draft: Draft, request: RerunRequest) {
    this.#draft = draft;
    this.#request = request;
  }

  rerun(firework: FireworkDraft): void {
    const { fwId, state } = firework;
    if (this.#seen.has(fwId)) return;
    this.#seen.add(fwId);
    const { taskLevel, exceptionDetails } = this.#request;
    if (this.#reset.has(fwId)) {
      this.outcome.changed.push(fwId);
    } else if (!mayRerun(firework)) {
      const hint = state === 'DEFUSED' ? '; reignite it first' : '';
      skip(this.outcome, firework, `it is ${state}${state === 'WAITING' ? ' already' : hint}`);
    } else {
      const obstacle = taskLevel
        ? recover(this.#draft, firework, taskLevel)
        : dropRecovery(this.#draft, firework);
      if (obstacle !== null) {
        skip(this.outcome, firework, obstacle);
        return;
      }
      for (const { fwId: again } of runAgain(this.#draft, firework, exceptionDetails)) this.#reset.add(again);
      this.outcome.changed.push(fwId);
    }
  }
}

function mayRerun({ state }: FireworkDraft): boolean {
  return state !== 'ARCHIVED' && state !== 'DEFUSED' && state !== 'WAITING';
}

function reset(
  draft: Draft,
  firework: FireworkDraft,
  exceptionDetails: RerunRequest['exceptionDetails'],
): void {
  if (firework.state === 'FIZZLED') {
    const details = exceptionDetails === 'keep' ? detailsOfException(draft, firework.launches.at(-1)) : null;
    firework.spec = isTruthy(details)
      ? firework.spec.assign(new Map([['_exception_details', details]]))
      : firework.spec.remove('_exception_details');
  }
  firework.archiveLaunches();
  draft.move(firework, 'WAITING');
}

function detailsOfException(draft: Draft, launch: LaunchId | undefined): UserValue {
  const exception = launch === undefined ? null : draft.action(launch)?.storedData.get('_exception');
  return (isUserMap(exception ?? null) && isUserMap(exception) && exception.get('_details')) || null;
}
