import { type Namer, type Random, randomFirework, randomWorkflow } from './histories.ts';

/** What an action may do where the Firework stands that it is of. */
export interface ActionPlace {
  /** Whether its children wait: a detour is refused otherwise. */
  mayDetour: boolean;
  /** Names of Fireworks of its Workflow that new ones may be put below too, without a detour and with one. */
  parents: readonly string[];
  parentsOfDetours: readonly string[];
}

/** As FireWorks stores it, but that `parents` of `append_wfs` are given by their names. */
export type ActionDocument = Record<string, unknown>;

export const noAction: ActionDocument = {
  ...{ stored_data: {}, exit: false, update_spec: {}, mod_spec: [] },
  ...{ additions: [], detours: [], append_wfs: [] },
  ...{ defuse_children: false, defuse_workflow: false, propagate: false },
};

/** An action with some of all that format §5 knows. */
export function randomAction(random: Random, names: Namer, place: ActionPlace): ActionDocument {
  const action: ActionDocument = { ...noAction, stored_data: { energy: random.below(100) / 4 } };
  if (random.chance(0.1)) action.exit = true;
  if (random.chance(0.35)) action.update_spec = randomUpdate(random);
  if (random.chance(0.4)) action.mod_spec = randomMods(random, names);
  if (random.chance(0.3)) action.propagate = true;
  if (random.chance(0.08)) action.defuse_children = true;
  // With defuse_workflow Python attaches new Fireworks to the last one of the Workflow (docs/differences.md).
  if (random.chance(0.05)) return { ...action, defuse_workflow: true };
  const several = () => Array.from({ length: random.pick([1, 1, 2]) }, () => fewFireworks(random, names));
  if (place.mayDetour && random.chance(0.15)) action.detours = several();
  if (random.chance(0.15)) action.additions = several();
  if (random.chance(0.15)) action.append_wfs = [randomAppend(random, names, place)];
  return action;
}

/** Values that hold others stay alone under their keys: Python's children share them (docs/differences.md). */
function randomUpdate(random: Random): Record<string, unknown> {
  const update: Record<string, unknown> = {
    [`u${random.below(3)}`]: random.pick([1, 'text', [1, 2], { a: null }, [], true]),
  };
  if (random.chance(0.2)) update.n = random.below(5);
  if (random.chance(0.1)) update._priority = random.below(4);
  if (random.chance(0.05)) update._allow_fizzled_parents = random.chance(0.5);
  return update;
}

function fewFireworks(random: Random, names: Namer): unknown {
  if (random.chance(0.3)) return randomFirework(random, names);
  return randomWorkflow(random, names, 1 + random.below(3));
}

function randomAppend(random: Random, names: Namer, place: ActionPlace): Record<string, unknown> {
  const detour = place.mayDetour && random.chance(0.3);
  const candidates = detour ? place.parentsOfDetours : place.parents;
  return {
    workflow: fewFireworks(random, names),
    detour,
    parents: candidates.filter(() => random.chance(1.5 / Math.max(candidates.length, 1))).slice(0, 2),
  };
}

/** One mapping of operators or a list of them, which FireWorks takes both. */
function randomMods(random: Random, names: Namer): unknown {
  if (random.chance(0.15)) return randomOperator(random, names);
  return Array.from({ length: 1 + random.below(3) }, () => randomMod(random, names)).flat();
}

/** What is taken away is put there before, so that it is there in every child. */
function randomMod(random: Random, names: Namer): Record<string, unknown>[] {
  const own = names.number();
  return random.pick([
    [randomOperator(random, names)],
    [randomOperator(random, names)],
    [{ ...randomOperator(random, names), ...randomOperator(random, names) }],
    [{ _set: { gone: 1, 'nested->gone': 2 } }, { _unset: { gone: '', 'nested->gone': '' } }],
    [{ _push: { list: own } }, { _pop: { list: random.pick([1, -1, 0]) } }],
    [{ _push: { [`p${own}->q`]: own } }, { _pull: { [`p${own}->q`]: own } }],
  ]);
}

/** `_pull_all` always fails in Python (docs/differences.md). */
function randomOperator(random: Random, names: Namer): Record<string, unknown> {
  const own = names.number();
  return random.pick([
    { _set: { 'nested->deep->y': random.below(9), top: 'set' } },
    { _push: { list: random.pick([random.below(9), { pushed: true }]), 'made->by->push': own } },
    { _push_all: { list: [2, 'b'], [`extended ${own}`]: [1, 'b'] } },
    { _inc: { n: random.pick([1, -2, 0.5]), 'nested->deep->count': 1 } },
    { _rename: { nested: 'renamed', 'not there': 'x' } },
    { _add_to_set: { list: random.pick([1, 'a', 'b']), [`bare ${own}`]: 'not a list' } },
    { _pull: { list: random.pick(['a', 1]), 'not->there': 1 } },
  ]);
}

/** An action that cannot be carried out for a Firework with children: then it is FIZZLED. */
export function badAction(random: Random): ActionDocument {
  const mod = random.pick([
    { _frobnicate: { n: 1 } },
    { _unset: { 'not there': '' } },
    { _pop: { 'not there': 1 } },
    { _push: { n: 1 } },
    { _inc: { n: 'text' } },
    { _add_to_set: { n: 1 } },
  ]);
  return { ...noAction, update_spec: { half: true }, mod_spec: [mod] };
}
