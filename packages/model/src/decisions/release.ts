import { emptyAction } from '../action.ts';
import type { Decision } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { pauseReasonKey } from './pause-reason.ts';
import { refresh } from './refresh.ts';

/** A Launch that is given back. */
export interface ReleasedLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  /** A sentence, kept with the Launch. */
  reason: string;
  /** Set when the worker cannot import a task: how many different workers, this one among them, could not. */
  cannotImport?: { task: string; workers: number };
}

/** After so many different workers could not import a task, its Firework is PAUSED instead of READY. */
export const importFailuresBeforePause = 3;

/**
 * Gives RESERVED and RUNNING Launches back, others are passed over: they are archived as READY, and their Fireworks
 * become READY again, or PAUSED with the reason in `spec._pause_reason` where too many workers cannot import a task.
 */
export function releaseLaunches(
  neighbourhood: Neighbourhood,
  request: { launches: ReleasedLaunch[]; now: Timestamp },
): Decision<{ released: LaunchId[]; paused: FwId[] }> {
  const draft = new Draft(neighbourhood);
  const released: LaunchId[] = [];
  const paused: FwId[] = [];
  for (const launch of request.launches) {
    const maker = draft.firework(launch.fwId);
    if (!maker || !isOpen(launch.recorded) || draft.launchChange(launch.launchId)) continue;
    const stands = maker.launches.includes(launch.launchId);
    giveBack(draft, maker, { ...launch, now: request.now });
    released.push(launch.launchId);
    const { cannotImport } = launch;
    if (!cannotImport || cannotImport.workers < importFailuresBeforePause) continue;
    // A Launch that a rerun took away says nothing about what its Firework is now.
    if (!stands || maker.state !== 'READY') continue;
    draft.move(maker, 'PAUSED');
    maker.spec = maker.spec.assign(new Map([[pauseReasonKey, importReason(cannotImport)]]));
    paused.push(maker.fwId);
  }
  return draft.decide({ released, paused });
}

/** Archives a Launch as READY on all Fireworks that hold it, and refreshes them. */
export function giveBack(
  draft: Draft,
  maker: FireworkDraft,
  { launchId, reason, now }: { launchId: LaunchId; reason: string; now: Timestamp },
): void {
  const holders = draft.holdersOf(launchId, maker);
  draft.changeLaunch(launchId, {
    state: 'READY',
    entry: { state: 'READY', createdOn: now },
    action: { ...emptyAction(), storedData: new Map([['_message', reason]]) },
  });
  for (const holder of holders) holder.archiveLaunches((launch) => launch === launchId);
  refresh(draft, holders);
}

function isOpen(state: LaunchState): boolean {
  return state === 'RESERVED' || state === 'RUNNING';
}

function importReason({ task, workers }: { task: string; workers: number }): string {
  return `${workers} different workers could not import ${task}; make it importable and resume the Firework.`;
}
