import { emptyAction } from '@skyrocket/model/action';
import type { Recovery } from '@skyrocket/model/decisions/recovery';
import { type FwId, fwId } from '@skyrocket/model/ids';
import type { Checkpoint } from '@skyrocket/model/records';
import type { State } from '@skyrocket/model/states';
import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import fc from 'fast-check';
import type { Ending, Intent, UserDecision } from './intents.ts';
import { anyWorkflow, newWorkflowBelow, plainStates } from './workflow-generators.ts';

/** {@link Intent}s at random. */

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

const anyCheckpoint: fc.Arbitrary<Checkpoint> = fc.record({
  taskIndex: fc.nat({ max: 2 }),
  storedData: anySpecUpdate,
  updateSpec: anySpecUpdate,
  modSpec: fc.array(anyModSpec, { maxLength: 1 }),
});

/** What a Launch may ask for, most often little. */
export const anyEnding: fc.Arbitrary<Ending> = fc
  .record({
    state: fc.oneof(
      { weight: 4, arbitrary: fc.constant('COMPLETED' as const) },
      fc.constant('FIZZLED' as const),
    ),
    checkpoint: fc.option(anyCheckpoint),
    updateSpec: sometimes(anySpecUpdate, new Map()),
    modSpec: sometimes(fc.array(anyModSpec, { minLength: 1, maxLength: 2 }), []),
    propagate: fc.boolean(),
    defuseChildren: sometimes(fc.boolean(), false),
    defuseWorkflow: sometimes(sometimes(fc.boolean(), false), false),
    additions: sometimes(fc.array(newWorkflowBelow(-100), { minLength: 1, maxLength: 1 }), []),
    detours: sometimes(fc.array(newWorkflowBelow(-200), { minLength: 1, maxLength: 1 }), []),
    appended: sometimes(fc.array(anyAppended(), { minLength: 1, maxLength: 1 }), []),
  })
  .map(({ state, checkpoint, appended, ...asked }) => ({
    state,
    checkpoint,
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
  kind: fc.constantFrom<UserDecision>('pause', 'resume', 'defuse', 'reignite', 'refresh'),
  picks,
});

const anyFiles = fc.constantFrom<Recovery['files']>('none', 'copy', 'previous-directory');

const anyRerun = fc.record({
  kind: fc.constant('rerun' as const),
  picks,
  taskLevel: fc.option(
    fc.record({
      of: fc.constantFrom('resumable' as const, 'resumable' as const, 'any' as const),
      files: anyFiles,
      launches: sometimes<number | null>(pick, null),
    }),
    { freq: 2 },
  ),
});

const anyRecovery = fc.record({
  kind: fc.constant('recover' as const),
  pick,
  checkpoint: anyCheckpoint,
  files: anyFiles,
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
    { weight: 5, arbitrary: anyUserDecision },
    { weight: 4, arbitrary: anyRerun },
    { weight: 3, arbitrary: anyRecovery },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('run-on' as const), pick, end: anyEnding }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('ping' as const), pick, checkpoint: anyCheckpoint }),
    },
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
