import type { FWAction } from '../action.ts';
import type { Decision, LaunchChange } from '../change.ts';
import type { FwId, LaunchId } from '../ids.ts';
import type { Neighbourhood } from '../neighbourhood.ts';
import type { Checkpoint, TrackerRecord } from '../records.ts';
import type { LaunchState } from '../states.ts';
import type { Timestamp } from '../timestamp.ts';
import { Draft } from './draft.ts';
import type { FireworkDraft } from './firework-draft.ts';
import { saysLost } from './lost-action.ts';
import { refresh } from './refresh.ts';

/** A Launch that ended, as its worker tells it. */
export interface FinishedLaunch {
  launchId: LaunchId;
  /** The Firework that made the Launch. */
  fwId: FwId;
  /** The state that the Launch has in the store. */
  recorded: LaunchState;
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  /** When it was started, where the launchpad may not know that. */
  startedOn?: Timestamp;
  endedOn: Timestamp;
  checkpoint?: Checkpoint;
  trackers?: TrackerRecord[];
  launchDir?: string;
}

/** What became of a report. Unless `refused` or `already-applied`, the Launch is written. */
export type LaunchEnd =
  | { launchId: LaunchId; outcome: 'applied' | 'already-applied' }
  /** The Launch is COMPLETED, but its action cannot be applied: the Firework is FIZZLED for this reason. */
  | { launchId: LaunchId; outcome: 'fizzled'; reason: string }
  /** The user decided otherwise meanwhile: the Launch is written, and what he decided stays. */
  | { launchId: LaunchId; outcome: 'late'; reason: string }
  | { launchId: LaunchId; outcome: 'refused'; reason: string };

/**
 * Ends Launches, one after another, each seeing what the ones before did, and applies their actions (format §3.2, §5).
 * A Launch that has ended stays as it is, but for one that was called lost: what it tells later counts, as long as its
 * Firework has not been rerun. Other programs call Launches FIZZLED without a word, so that success counts after FIZZLED
 * whoever said that.
 */
export function completeLaunches(
  neighbourhood: Neighbourhood,
  request: { finished: FinishedLaunch[] },
): Decision<LaunchEnd[]> {
  const draft = new Draft(neighbourhood);
  return draft.decide(request.finished.map((finished) => complete(draft, finished)));
}

function complete(draft: Draft, finished: FinishedLaunch): LaunchEnd {
  const { launchId, fwId, state } = finished;
  const maker = draft.firework(fwId);
  if (!maker) return refused(launchId, `Firework ${fwId} does not exist any more.`);
  const active = maker.launches.includes(launchId);
  if (!active && !maker.archivedLaunches.includes(launchId)) {
    return refused(launchId, `Launch ${launchId} is no Launch of Firework ${fwId}.`);
  }
  const tooLate = () => late(launchId, maker, 'was rerun or archived while Launch');
  // Told again: what came too late the first time comes too late again.
  if (hasEnded(draft, finished)) return active ? { launchId, outcome: 'already-applied' } : tooLate();
  draft.changeLaunch(launchId, endOf(finished, draft.launchState(launchId) ?? finished.recorded));
  const holders = draft.holdersOf(launchId, maker);
  const badActions = refresh(draft, holders);
  const reason = badActions.get(fwId);
  if (reason !== undefined) return { launchId, outcome: 'fizzled', reason };
  if (!active) return tooLate();
  if (maker.state !== state && isHeldBack(maker)) return late(launchId, maker, 'is held back since Launch');
  return { launchId, outcome: 'applied' };
}

/** Whether the Launch has its final state, so that this report has nothing to add. */
function hasEnded(draft: Draft, { launchId, recorded, state }: FinishedLaunch): boolean {
  if (draft.launchChange(launchId) || recorded === 'COMPLETED') return true;
  if (recorded !== 'FIZZLED' || state === 'COMPLETED') return false;
  const action = draft.action(launchId);
  return action !== null && !saysLost(action);
}

function endOf(finished: FinishedLaunch, before: LaunchState): LaunchChange {
  const { state, action, startedOn, endedOn, checkpoint, trackers, launchDir } = finished;
  const change: LaunchChange = { state, action };
  if (before !== state) change.entry = { state, createdOn: endedOn };
  if (before === 'RESERVED' && startedOn) {
    const running = { state: 'RUNNING', createdOn: startedOn, updatedOn: endedOn } as const;
    change.began = { ...running, ...(checkpoint && { checkpoint }) };
  } else if (before === 'RUNNING') change.ping = { updatedOn: endedOn, ...(checkpoint && { checkpoint }) };
  else if (checkpoint && state === 'FIZZLED' && change.entry) change.entry.checkpoint = checkpoint;
  if (trackers) change.trackers = trackers;
  if (launchDir !== undefined) change.launchDir = launchDir;
  return change;
}

function isHeldBack({ state }: FireworkDraft): boolean {
  return state === 'PAUSED' || state === 'DEFUSED' || state === 'ARCHIVED';
}

function late(launchId: LaunchId, { fwId, state }: FireworkDraft, what: string): LaunchEnd {
  const reason = `Firework ${fwId} ${what} ${launchId} ran: it stays ${state}, and the result is kept with the Launch.`;
  return { launchId, outcome: 'late', reason };
}

function refused(launchId: LaunchId, reason: string): LaunchEnd {
  return { launchId, outcome: 'refused', reason };
}
