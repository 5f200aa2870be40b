import { emptyAction, type FWAction } from '@skyrocket/model/action';
import { type FwId, fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { NewWorkflow } from '@skyrocket/model/records';
import type { LaunchState, State } from '@skyrocket/model/states';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import type { Operation } from './operations.ts';
import { anyWorkflow, newWorkflowBelow, plainStates } from './workflow-generators.ts';

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
  /** Finishes Launches: those that run, or any (late, again, never started). */
  | { kind: 'finish'; ends: { pick: number; end: Ending; of: 'running' | 'any' }[] }
  | { kind: 'lose'; pick: number; afterwards: 'stop' | 'rerun' }
  | { kind: 'release'; pick: number; workersThatCannotImport: number }
  | { kind: UserDecision; picks: number[] }
  | { kind: 'append'; workflow: NewWorkflow; picks: number[]; detour: boolean; pullSpecMods: boolean }
  | { kind: 'update'; picks: number[]; set: UserMap }
  | { kind: 'take-over'; pick: number; picks: number[] };

export type UserDecision = 'pause' | 'resume' | 'defuse' | 'reignite' | 'rerun' | 'archive' | 'refresh';

/** An end of a Launch. `parentPicks`: further parents of the workflows in `appendWorkflows`, one list for each. */
export interface Ending {
  state: 'COMPLETED' | 'FIZZLED';
  action: FWAction;
  parentPicks: number[][];
}

/** What an intent must know of the launchpad to become operations. */
export interface LaunchpadView {
  fireworks: readonly { fwId: FwId; state: State; workflow: string; dupefinder: boolean }[];
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

function runOf(id: FwId, end: Ending | null, view: LaunchpadView): Operation[] {
  const launch = launchId(view.launches.length + 1);
  const begin: Operation[] = [
    { kind: 'claim', fwId: id },
    { kind: 'start', launchId: launch },
  ];
  return end ? [...begin, { kind: 'finish', ends: [{ launchId: launch, ...endOf(end, view) }] }] : begin;
}

function finishOf(ends: Extract<Intent, { kind: 'finish' }>['ends'], view: LaunchpadView): Operation[] {
  const all: LaunchState[] = ['READY', 'RESERVED', 'RUNNING', 'COMPLETED', 'FIZZLED'];
  const found = ends.flatMap(({ pick, end, of }) =>
    launchesIn(view, of === 'running' ? ['RUNNING'] : all, pick).map((id) => ({
      launchId: id,
      ...endOf(end, view),
    })),
  );
  return found.length === 0 ? [] : [{ kind: 'finish', ends: found }];
}

function endOf({ state, action, parentPicks }: Ending, view: LaunchpadView) {
  const appendWorkflows = action.appendWorkflows.map((appended, i) => ({
    ...appended,
    parents: [
      ...appended.parents,
      ...(parentPicks[i] ?? []).flatMap((pick) => picked(allFireworks(view), pick)),
    ],
  }));
  return { state, action: { ...action, appendWorkflows } };
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

const pick = fc.nat({ max: 30 });
const picks = fc.array(pick, { minLength: 1, maxLength: 3 });
const small: fc.Arbitrary<UserValue> = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('a', 'b'));

const anySpecUpdate: fc.Arbitrary<UserMap> = fc
  .dictionary(fc.constantFrom('x', 'y', 'list'), small, { maxKeys: 2 })
  .map((entries) => new Map(Object.entries(entries)));

/** Operators that fit, and some that do not: then the action is bad as a whole. */
const anyModSpec: fc.Arbitrary<UserMap> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('_set', '_push', '_push', '_inc', '_add_to_set', '_pull') },
      { weight: 1, arbitrary: fc.constantFrom('_unset', '_pop', '_nonsense') },
    ),
    fc.constantFrom('log', 'log', 'count', 'deep->inside', 'x'),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([operator, key, value]) => new Map([[operator, new Map<string, UserValue>([[key, value]])]]));

/** What a Launch may ask for, most often little. */
export const anyEnding: fc.Arbitrary<Ending> = fc
  .record({
    state: fc.oneof(
      { weight: 4, arbitrary: fc.constant('COMPLETED' as const) },
      fc.constant('FIZZLED' as const),
    ),
    updateSpec: sometimes(anySpecUpdate, new Map()),
    modSpec: sometimes(fc.array(anyModSpec, { minLength: 1, maxLength: 2 }), []),
    propagate: fc.boolean(),
    defuseChildren: sometimes(fc.boolean(), false),
    defuseWorkflow: sometimes(sometimes(fc.boolean(), false), false),
    additions: sometimes(fc.array(newWorkflowBelow(-100), { minLength: 1, maxLength: 1 }), []),
    detours: sometimes(fc.array(newWorkflowBelow(-200), { minLength: 1, maxLength: 1 }), []),
    appended: sometimes(fc.array(anyAppended(), { minLength: 1, maxLength: 1 }), []),
  })
  .map(({ state, appended, ...asked }) => ({
    state,
    action: { ...emptyAction(), ...asked, appendWorkflows: appended.map(({ workflow }) => workflow) },
    parentPicks: appended.map((one) => one.picks),
  }));

function anyAppended() {
  return fc.record({
    workflow: fc.record({
      workflow: newWorkflowBelow(-300),
      detour: fc.boolean(),
      // A Firework of a detour in the same action, where there is one.
      parents: sometimes(fc.constant<FwId[]>([fwId(-200)]), []),
    }),
    picks: sometimes(fc.array(pick, { maxLength: 2 }), []),
  });
}

function sometimes<T>(arbitrary: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary });
}

const anyUserDecision = fc.record({
  kind: fc.constantFrom<UserDecision>('pause', 'resume', 'defuse', 'reignite', 'rerun', 'rerun', 'refresh'),
  picks,
});

const anyUpdate = fc
  .tuple(fc.constantFrom('x', 'deep.inside', '_allow_fizzled_parents'), fc.oneof(small, fc.boolean()), picks)
  .map(([path, value, of]): Intent => ({ kind: 'update', picks: of, set: new Map([[path, value]]) }));

/** `states`: those that files give to Fireworks that have parents. Default: WAITING, sometimes PAUSED or DEFUSED. */
export function anyIntent(options: { states?: readonly State[] } = {}): fc.Arbitrary<Intent> {
  const workflow = anyWorkflow(options.states ?? plainStates);
  return fc.oneof<fc.WeightedArbitrary<Intent>[]>(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), workflow }) },
    { weight: 12, arbitrary: fc.record({ kind: fc.constant('run' as const), pick, end: anyEnding }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('claim' as const, 'start' as const, 'begin' as const, 'begin' as const),
        pick,
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('finish' as const), ends: anyEnds }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('lose' as const), pick, afterwards: anyAfterLoss }),
    },
    { weight: 1, arbitrary: anyRelease },
    { weight: 7, arbitrary: anyUserDecision },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('archive' as const), picks }) },
    { weight: 3, arbitrary: anyAppend },
    { weight: 2, arbitrary: anyUpdate },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('take-over' as const), pick, picks }) },
  );
}

const anyAfterLoss = fc.constantFrom('stop' as const, 'rerun' as const);
const anyEnds = fc.array(
  fc.record({ pick, end: anyEnding, of: fc.constantFrom('running' as const, 'any' as const) }),
  { minLength: 1, maxLength: 3 },
);
const anyRelease = fc.record({
  kind: fc.constant('release' as const),
  pick,
  workersThatCannotImport: fc.constantFrom(0, 1, 3),
});
const anyAppend = fc.record({
  kind: fc.constant('append' as const),
  workflow: newWorkflowBelow(-1),
  picks,
  detour: fc.boolean(),
  pullSpecMods: fc.boolean(),
});

/** A life of a launchpad; it begins with a Workflow. */
export function anyLife(options: { states?: readonly State[]; steps?: number } = {}): fc.Arbitrary<Intent[]> {
  const add = anyWorkflow(options.states ?? plainStates).map(
    (workflow): Intent => ({ kind: 'add', workflow }),
  );
  const rest = fc.array(anyIntent(options), { maxLength: options.steps ?? 25, size: 'max' });
  return fc.tuple(add, rest).map(([first, others]) => [first, ...others]);
}
