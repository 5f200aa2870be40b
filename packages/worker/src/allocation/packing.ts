/** What a Firework takes up while it runs. */
export interface Amounts {
  cores: number;
  /** MiB; null: not counted. */
  memory: number | null;
  gpus: number;
}

/** Which cores and GPUs a Launch has, and what it counts for. */
export interface Placement extends Amounts {
  /** Null where no cores are known by their numbers. */
  coreIds: number[] | null;
  gpuIds: string[];
}

/** What there is, and what of it is free. Nothing is ever given twice. */
export interface Packing {
  readonly free: Readonly<Amounts>;
  /** Null when it does not fit into what is free. */
  place(needs: Amounts): Placement | null;
  /** A Launch is over. */
  giveBack(placement: Placement): void;
}

export interface PackingSpace {
  cores: number;
  coreIds: number[] | null;
  memory: number | null;
  gpus: string[];
}

export function createPacking(space: PackingSpace): Packing {
  const coreIds = space.coreIds && [...space.coreIds];
  const gpuIds = [...space.gpus];
  let { cores, memory } = space;
  const packing: Packing = {
    get free() {
      return { cores, memory, gpus: gpuIds.length };
    },
    place(needs) {
      if (!fits(needs, packing.free)) return null;
      cores -= needs.cores;
      if (memory !== null) memory -= needs.memory ?? 0;
      return {
        ...needs,
        coreIds: coreIds?.splice(0, needs.cores) ?? null,
        gpuIds: gpuIds.splice(0, needs.gpus),
      };
    },
    giveBack(placement) {
      cores += placement.cores;
      if (memory !== null) memory += placement.memory ?? 0;
      // Neighbours stay together, so that what runs next shares a cache rather than a bus.
      if (coreIds && placement.coreIds) {
        coreIds.push(...placement.coreIds);
        coreIds.sort((a, b) => a - b);
      }
      gpuIds.push(...placement.gpuIds);
      gpuIds.sort();
    },
  };
  return packing;
}

export function fits(needs: Amounts, free: Amounts): boolean {
  const memory = free.memory === null || needs.memory === null || needs.memory <= free.memory;
  return needs.cores <= free.cores && needs.gpus <= free.gpus && memory;
}

export function plus(a: Amounts, b: Amounts): Amounts {
  return { cores: a.cores + b.cores, gpus: a.gpus + b.gpus, memory: sumOf(a.memory, b.memory, 1) };
}

export function minus(a: Amounts, b: Amounts): Amounts {
  return { cores: a.cores - b.cores, gpus: a.gpus - b.gpus, memory: sumOf(a.memory, b.memory, -1) };
}

const sumOf = (a: number | null, b: number | null, sign: 1 | -1) => (a === null ? null : a + sign * (b ?? 0));
