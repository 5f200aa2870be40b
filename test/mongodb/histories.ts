/** What histories are made from: the same seed gives the same history. */
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

/**
 * Gives every Firework of a history a name, an id and, in a history with dates, a moment of its own. Ids are negative, as
 * FireWorks makes them.
 */
export class Namer {
  readonly dated: boolean;
  #count = 0;
  constructor({ dated }: { dated: boolean }) {
    this.dated = dated;
  }
  number(): number {
    this.#count += 1;
    return this.#count;
  }
  firework(): { fw_id: number; name: string; created_on?: string } {
    const count = this.number();
    const named = { fw_id: -count, name: `firework ${String(count).padStart(4, '0')}` };
    return this.dated ? { ...named, created_on: `${momentOfFiles}${100_000 + count}+00:00` } : named;
  }
}

/** What the moments begin with that Fireworks have in the files: they stay what they are, in both databases. */
export const momentOfFiles = '2024-01-01T00:00:00.';

export interface FireworkDocument {
  fw_id: number;
  name: string;
  created_on?: string;
  state?: string;
  spec: Record<string, unknown>;
}

export interface WorkflowDocument {
  name: string;
  metadata: Record<string, unknown>;
  fws: FireworkDocument[];
  links: Record<string, number[]>;
}

const task = { _fw_name: 'ScriptTask', script: 'true' };

/** A Workflow of some Fireworks, links only from earlier to later ones. */
export function randomWorkflow(random: Random, names: Namer, size: number): WorkflowDocument {
  const fws = Array.from({ length: size }, () => randomFirework(random, names));
  const links: Record<string, number[]> = {};
  const below = new Set<number>();
  for (const [index, { fw_id }] of fws.entries()) {
    const later = fws.slice(index + 1).filter(() => random.chance(2 / size));
    if (later.length > 0) links[fw_id] = later.map((one) => one.fw_id);
    for (const one of later) below.add(one.fw_id);
  }
  // A root becomes READY whatever its file says.
  for (const one of fws) {
    if (below.has(one.fw_id) && random.chance(0.06)) one.state = random.pick(['PAUSED', 'DEFUSED']);
  }
  return { name: `workflow of ${fws[0]?.name}`, metadata: { size, tags: ['x'] }, fws, links };
}

/** A random Workflow with more than 200 Fireworks below one of its own: side by side with one that waits for all, or a chain. */
export function largeWorkflow(random: Random, names: Namer, size: number): WorkflowDocument {
  const { fws, links, ...workflow } = randomWorkflow(random, names, size);
  const above = random.pick(fws).fw_id;
  const many = Array.from({ length: 205 }, () => ({ ...names.firework(), spec: plainSpec(1) }));
  const [first = 0, ...others] = many.map((one) => one.fw_id);
  const link = (parent: number, ...children: number[]) => {
    links[parent] = [...(links[parent] ?? []), ...children];
  };
  if (random.chance(0.5)) {
    link(above, ...others);
    for (const one of others) link(one, first);
  } else {
    link(above, first);
    for (const [at, one] of others.entries()) link(others[at - 1] ?? first, one);
  }
  return { ...workflow, fws: [...fws, ...many], links };
}

export function randomFirework(random: Random, names: Namer): FireworkDocument {
  return { ...names.firework(), spec: randomSpec(random) };
}

/** What actions can be applied to. */
const plainSpec = (n: number): Record<string, unknown> => ({
  _tasks: [task],
  n,
  list: [1, 'a'],
  nested: { deep: { x: 1.5 } },
});

function randomSpec(random: Random): Record<string, unknown> {
  const spec = plainSpec(random.pick([0, 1, 2, 2 ** 40, 0.5]));
  if (random.chance(0.3)) spec._allow_fizzled_parents = true;
  if (random.chance(0.4)) spec._priority = random.pick([0, 1, 2, 2.5, -1, null]);
  if (random.chance(0.3)) spec._category = random.pick(['a', 'b', ['a', 'c']]);
  if (random.chance(0.1)) spec._fworker = random.pick(['worker', 'other', null]);
  if (random.chance(0.1)) spec._trackers = [{ filename: 'not-there.log', nlines: 5 }];
  if (random.chance(0.1)) spec['odd.key'] = { $odd: 1 };
  return spec;
}
