/** A random Workflow and what is done with it, made from a seed: the same seed gives the same history. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  below(count: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(probability: number): boolean;
}

/** A small generator that is good enough to mix cases (a multiplicative congruence with mixing). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let mixed = state ^ (state >>> 15);
    mixed = Math.imul(mixed, 0x2c1b3c6d) >>> 0;
    return ((mixed ^ (mixed >>> 12)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(items) {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

/** Gives every Firework of a history a name of its own. */
export class Namer {
  #count = 0;
  name(): string {
    this.#count += 1;
    return `firework ${String(this.#count).padStart(3, '0')}`;
  }
}

export interface WorkflowDocument {
  name: string;
  metadata: Record<string, unknown>;
  fws: { fw_id: number; name: string; spec: Record<string, unknown> }[];
  links: Record<string, number[]>;
}

const task = { _fw_name: 'ScriptTask', script: 'true' };

/** A Workflow of some Fireworks, links only from earlier to later ones. Ids are negative, as FireWorks makes them. */
export function randomWorkflow(random: Random, names: Namer, size: number): WorkflowDocument {
  const ids = Array.from({ length: size }, (_, index) => -1 - index);
  const links: Record<string, number[]> = {};
  for (const [index, id] of ids.entries()) {
    const later = ids.slice(index + 1).filter(() => random.chance(2 / size));
    if (later.length > 0) links[id] = later;
  }
  const fws = ids.map((fw_id) => ({ fw_id, name: names.name(), spec: randomSpec(random) }));
  return { name: `workflow of ${fws[0]?.name}`, metadata: { size, tags: ['x'] }, fws, links };
}

function randomSpec(random: Random): Record<string, unknown> {
  const spec: Record<string, unknown> = {
    _tasks: [task],
    n: random.below(5),
    list: [1, 'a'],
    nested: { deep: { x: 1.5 } },
  };
  if (random.chance(0.3)) spec._allow_fizzled_parents = true;
  if (random.chance(0.3)) spec._priority = random.below(10);
  return spec;
}

const noAction = {
  ...{
    stored_data: {},
    exit: false,
    update_spec: {},
    mod_spec: [],
    additions: [],
    detours: [],
    append_wfs: [],
  },
  ...{ defuse_children: false, defuse_workflow: false, propagate: false },
};

/** An action with some of what format §5 knows. A detour is refused below a Firework with children that do not wait. */
export function randomAction(
  random: Random,
  names: Namer,
  { mayDetour }: { mayDetour: boolean },
): Record<string, unknown> {
  const action: Record<string, unknown> = { ...noAction, stored_data: { energy: random.below(100) / 4 } };
  if (random.chance(0.3))
    action.update_spec = { [`u${random.below(3)}`]: random.pick([1, 'text', [1, 2], { a: null }]) };
  if (random.chance(0.3)) action.mod_spec = [randomOperator(random)];
  if (random.chance(0.3)) action.propagate = true;
  if (random.chance(0.08)) action.defuse_children = true;
  if (random.chance(0.05)) action.defuse_workflow = true;
  // With defuse_workflow Python attaches new Fireworks to the last one of the Workflow (docs/differences.md).
  else if (mayDetour && random.chance(0.2))
    action.detours = [randomWorkflow(random, names, 1 + random.below(3))];
  else if (random.chance(0.2)) action.additions = [randomWorkflow(random, names, 1 + random.below(3))];
  return action;
}

function randomOperator(random: Random): Record<string, unknown> {
  return random.pick([
    { _set: { 'nested->deep->y': random.below(9) } },
    { _push: { list: random.below(9) } },
    { _push_all: { 'new->list': [1, 'b'] } },
    { _inc: { n: random.below(3) } },
    { _rename: { nested: 'renamed' } },
    { _add_to_set: { list: random.pick([1, 'a', 'b']) } },
    { _pull: { list: 'a' } },
  ]);
}
