import type { FireworkRecord } from '@skyrocket/model/records';
import { declaredResources } from '@skyrocket/model/resources';
import type { UserMap } from '@skyrocket/model/user-data';
import { asNumber } from '@skyrocket/model/user-numbers';
import { type Allocation, dialectOf } from './allocation.ts';
import type { Amounts, Placement } from './packing.ts';
import { placementEnvironment, spanningEnvironment } from './placement-environment.ts';

/** What a Firework asks of an allocation. */
export interface Demand {
  needs: Amounts;
  /** Seconds that it takes at most, as it says; null: it does not. */
  walltime: number | null;
  priority: number;
  /** Those of one kind can run in the same share one after another: they need as much, and are told the same. */
  kind: string;
  /** What its tasks are told of their share. */
  environmentIn(placement: Placement): Record<string, string>;
}

/** @param defaultCores of a Firework that does not say how many it needs */
export function createDemands(allocation: Allocation, defaultCores: number) {
  const dialect = dialectOf(allocation.system);
  /** They are asked for of all that are claimed whenever a Launch is over. */
  const known = new WeakMap<UserMap, Demand>();
  return (firework: FireworkRecord): Demand => {
    const demand = known.get(firework.spec) ?? demandOf(firework, { allocation, defaultCores, dialect });
    known.set(firework.spec, demand);
    return demand;
  };
}

interface Place {
  allocation: Allocation;
  defaultCores: number;
  dialect: ReturnType<typeof dialectOf>;
}

function demandOf({ spec }: FireworkRecord, { allocation, defaultCores, dialect }: Place): Demand {
  const { cores, memory, gpus, walltime } = declaredResources(spec, dialect);
  const priority = asNumber(spec.get('_priority') ?? 0) ?? 0;
  const has = { cores: allocation.cores, memory: allocation.memory, gpus: allocation.gpus.length };
  // What needs other nodes too has them all to itself, and with them this one.
  if (allocation.nodes.length > 1 && ((cores ?? 0) > has.cores || gpus > has.gpus)) {
    const environment = spanningEnvironment(cores ?? allocation.totalCores, allocation);
    const kind = kindOf(has, environment);
    return { needs: has, walltime, priority, kind, environmentIn: () => environment };
  }
  // What needs more is not claimed; should one come all the same, it has everything.
  const needs = {
    cores: Math.min(cores ?? defaultCores, has.cores),
    memory: memory === null ? null : Math.min(memory, has.memory ?? memory),
    gpus: Math.min(gpus, has.gpus),
  };
  // One that says nothing has everything, as in FireWorks, and is told nothing.
  const isTold = cores !== null || defaultCores < has.cores;
  return {
    needs,
    walltime,
    priority,
    kind: kindOf(needs, isTold),
    environmentIn: (placement) => (isTold ? placementEnvironment(placement, allocation) : {}),
  };
}

const kindOf = ({ cores, memory, gpus }: Amounts, told: unknown) =>
  JSON.stringify([cores, memory, gpus, told]);
