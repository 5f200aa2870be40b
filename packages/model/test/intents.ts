import { emptyAction, type FWAction } from '@skyrocket/model/action';
import type { Recovery } from '@skyrocket/model/decisions/recovery';
import { type FwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { Checkpoint, NewWorkflow } from '@skyrocket/model/records';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Operation } from './operations.ts';

/**
 * Random things that happen to a launchpad. What is drawn is an {@link Intent}, which does not know any ids ("claim the
 * third Firework that can be"); {@link operationsOf} turns it into operations on the launchpad as it is then. So an
 * example can shrink without losing its meaning, and works for the model and for every store:
 *
 *     for (const intent of intents) for (const operation of operationsOf(intent, reference.view())) { …do it to both… }
 */
export type Intent =
  | { kind: 'add'; workflow: NewWorkflow }
  | { kind: 'claim' | 'start'; pick: number }
  /** Claims and starts one Firework. */
  | { kind: 'begin'; pick: number }
  /** Claims, starts and finishes one Firework. */
  | { kind: 'run'; pick: number; end: Ending }
  | { kind: 'ping'; pick: number; checkpoint: Checkpoint }
  /** Finishes Launches: those that run, or any (late, again, never started). */
  | { kind: 'finish'; ends: { pick: number; end: Ending; of: 'running' | 'any' }[] }
  | { kind: 'lose'; pick: number; afterwards: 'stop' | 'rerun' }
  | { kind: 'release'; pick: number; workersThatCannotImport: number }
  | { kind: UserDecision; picks: number[] }
  | { kind: 'rerun'; picks: number[]; taskLevel: TaskLevel | null }
  /** Runs one Firework, which fizzles and is rerun at task level. */
  | { kind: 'recover'; pick: number; checkpoint: Checkpoint; files: Recovery['files'] }
  /** Runs one Firework that resumes. */
  | { kind: 'run-on'; pick: number; end: Ending }
  | { kind: 'append'; workflow: NewWorkflow; picks: number[]; detour: boolean; pullSpecMods: boolean }
  | { kind: 'update'; picks: number[]; set: UserMap }
  | { kind: 'take-over'; pick: number; picks: number[] };

export interface TaskLevel {
  of: 'resumable' | 'any';
  files: Recovery['files'];
  /** Picks among all Launches of each Firework; null names none. */
  launches: number | null;
}

export type UserDecision = 'pause' | 'resume' | 'defuse' | 'reignite' | 'archive' | 'refresh';

/** An end of a Launch. `parentPicks`: further parents of the workflows in `appendWorkflows`, one list for each. */
export interface Ending {
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  /** Left by a Launch that ran. */
  checkpoint: Checkpoint | null;
  parentPicks: number[][];
}

/** What an intent must know of the launchpad to become operations. */
export interface LaunchpadView {
  fireworks: readonly { fwId: FwId; state: State; workflow: string; dupefinder: boolean; resumes: boolean }[];
  /** `stands`: whether it is an active Launch of the Firework that made it. */
  launches: readonly { launchId: LaunchId; fwId: FwId; state: LaunchState; stands: boolean }[];
}

/** The operations that an intent means now; none when there is nothing that it could be done to. */
export function operationsOf(intent: Intent, view: LaunchpadView): Operation[] {
  switch (intent.kind) {
    case 'add':
      return [intent];
    case 'claim':
      return claimable(view, intent.pick).map((id) => ({ kind: 'claim', fwId: id }));
    case 'start':
      return startable(view, intent.pick).map((id) => ({ kind: 'start', launchId: id }));
    case 'begin':
      return claimable(view, intent.pick).flatMap((id) => runOf(id, null, view));
    case 'run':
      return claimable(view, intent.pick).flatMap((id) => runOf(id, intent.end, view));
    case 'ping':
      return picked(standing(view, 'RUNNING'), intent.pick).map((id) => ({ ...intent, launchId: id }));
    case 'finish':
      return finishOf(intent.ends, view);
    case 'lose':
      return launchesIn(view, ['RUNNING'], intent.pick).map((id) => ({ ...intent, launchId: id }));
    case 'release':
      return launchesIn(view, ['RESERVED', 'RUNNING'], intent.pick).map((id) => ({
        ...intent,
        launchId: id,
      }));
    case 'append':
      return appendOf(intent, view);
    case 'recover':
      return claimable(view, intent.pick).flatMap((id) => recoverOf(id, intent, view));
    case 'run-on': {
      const resuming = { ...view, fireworks: view.fireworks.filter(({ resumes }) => resumes) };
      return claimable(resuming, intent.pick).flatMap((id) => runOf(id, intent.end, view));
    }
    case 'rerun':
      return rerunOf(intent, view);
    case 'take-over':
      return takeOverOf(intent, view);
    default:
      return withFireworks(intent, view);
  }
}

function withFireworks(
  intent: Extract<Intent, { kind: UserDecision | 'update' }>,
  view: LaunchpadView,
): Operation[] {
  const fwIds = [...new Set(intent.picks.flatMap((pick) => picked(allFireworks(view), pick)))];
  if (fwIds.length === 0) return [];
  return [
    intent.kind === 'update' ? { kind: 'update', fwIds, set: intent.set } : { kind: intent.kind, fwIds },
  ];
}

function rerunOf({ picks, taskLevel }: Extract<Intent, { kind: 'rerun' }>, view: LaunchpadView): Operation[] {
  // Most others have no checkpoint to resume from.
  const resumable = view.fireworks.filter(({ state }) => state === 'FIZZLED' || state === 'RUNNING');
  const usual = taskLevel?.of === 'resumable' ? resumable : view.fireworks;
  const fwIds = [...new Set(picks.flatMap((pick) => picked(usual, pick)).map((one) => one.fwId))];
  if (fwIds.length === 0) return [];
  if (taskLevel === null) return [{ kind: 'rerun', fwIds }];
  const { files, launches: pick } = taskLevel;
  if (pick === null) return [{ kind: 'rerun', fwIds, taskLevel: { files } }];
  const launchesOf = (id: FwId) => view.launches.filter((launch) => launch.fwId === id);
  const named = fwIds.flatMap((id) => picked(launchesOf(id), pick));
  const launchIds = named.map((launch) => launch.launchId);
  return [{ kind: 'rerun', fwIds, taskLevel: { files, launchIds } }];
}

function recoverOf(id: FwId, intent: Extract<Intent, { kind: 'recover' }>, view: LaunchpadView): Operation[] {
  const { checkpoint, files } = intent;
  const launch = launchId(view.launches.length + 1);
  return [
    { kind: 'claim', fwId: id },
    { kind: 'start', launchId: launch },
    { kind: 'finish', ends: [{ launchId: launch, state: 'FIZZLED', action: emptyAction(), checkpoint }] },
    { kind: 'rerun', fwIds: [id], taskLevel: { files } },
  ];
}

function runOf(id: FwId, end: Ending | null, view: LaunchpadView): Operation[] {
  const launch = launchId(view.launches.length + 1);
  const begin: Operation[] = [
    { kind: 'claim', fwId: id },
    { kind: 'start', launchId: launch },
  ];
  return end
    ? [...begin, { kind: 'finish', ends: [{ launchId: launch, ...endOf(end, view, 'running') }] }]
    : begin;
}

function finishOf(ends: Extract<Intent, { kind: 'finish' }>['ends'], view: LaunchpadView): Operation[] {
  const all: LaunchState[] = ['READY', 'RESERVED', 'RUNNING', 'COMPLETED', 'FIZZLED'];
  const found = ends.flatMap(({ pick, end, of }) =>
    launchesIn(view, of === 'running' ? ['RUNNING'] : all, pick).map((id) => ({
      launchId: id,
      ...endOf(end, view, of),
    })),
  );
  return found.length === 0 ? [] : [{ kind: 'finish', ends: found }];
}

function endOf(
  { state, action, checkpoint, parentPicks }: Ending,
  view: LaunchpadView,
  of: 'running' | 'any',
) {
  const appendWorkflows = action.appendWorkflows.map((appended, i) => ({
    ...appended,
    parents: [
      ...appended.parents,
      ...(parentPicks[i] ?? []).flatMap((pick) => picked(allFireworks(view), pick)),
    ],
  }));
  const left = of === 'running' && checkpoint ? { checkpoint } : {};
  return { state, action: { ...action, appendWorkflows }, ...left };
}

function appendOf(intent: Extract<Intent, { kind: 'append' }>, view: LaunchpadView): Operation[] {
  const [first] = picked(view.fireworks, intent.picks[0] ?? 0);
  const members = view.fireworks.filter(({ workflow }) => workflow === first?.workflow);
  const parents = new Set(
    intent.picks.flatMap((pick) => picked(members, pick)).map((firework) => firework.fwId),
  );
  const { workflow, detour, pullSpecMods } = intent;
  return first ? [{ kind: 'append', workflow, parents: [...parents], detour, pullSpecMods }] : [];
}

/** Claims a Firework that has a duplicate finder, which then says that some others are equal. */
function takeOverOf(intent: Extract<Intent, { kind: 'take-over' }>, view: LaunchpadView): Operation[] {
  const able = view.fireworks.filter(({ dupefinder }) => dupefinder);
  const [thief] = picked(
    able.filter(({ state }) => state === 'READY'),
    intent.pick,
  );
  if (!thief) return [];
  const matches = new Set(
    intent.picks.flatMap((pick) => picked(able, pick)).map((firework) => firework.fwId),
  );
  matches.delete(thief.fwId);
  const claimed = launchId(view.launches.length + 1);
  return [
    { kind: 'claim', fwId: thief.fwId },
    { kind: 'take-over', fwId: thief.fwId, claimed, matches: [...matches] },
  ];
}

const allFireworks = (view: LaunchpadView): FwId[] => view.fireworks.map((firework) => firework.fwId);

function claimable(view: LaunchpadView, pick: number): FwId[] {
  return picked(
    view.fireworks.filter(({ state }) => state === 'READY'),
    pick,
  ).map((firework) => firework.fwId);
}

function startable(view: LaunchpadView, pick: number): LaunchId[] {
  const reserved = new Set(view.fireworks.filter(({ state }) => state === 'RESERVED').map((one) => one.fwId));
  const open = view.launches.filter(
    (one) => one.state === 'RESERVED' && one.stands && reserved.has(one.fwId),
  );
  return picked(open, pick).map((launch) => launch.launchId);
}

function standing(view: LaunchpadView, state: LaunchState): LaunchId[] {
  return view.launches.filter((one) => one.state === state && one.stands).map((one) => one.launchId);
}

function launchesIn(view: LaunchpadView, states: LaunchState[], pick: number): LaunchId[] {
  return picked(
    view.launches.filter(({ state }) => states.includes(state)),
    pick,
  ).map((one) => one.launchId);
}

/** One of them, as a list that is empty when there is none. */
function picked<T>(candidates: readonly T[], pick: number): T[] {
  return candidates.length === 0
    ? []
    : candidates.slice(pick % candidates.length, (pick % candidates.length) + 1);
}
