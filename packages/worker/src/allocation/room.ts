import type { Runtimes } from '@skyrocket/contract/reservations';
import type { FwId } from '@skyrocket/model/ids';
import type { FireworkRecord } from '@skyrocket/model/records';
import { declaredResources, type OfferedResources, type Resources } from '@skyrocket/model/resources';
import type { UserMap } from '@skyrocket/model/user-data';
import { asNumber } from '@skyrocket/model/user-numbers';
import { type Allocation, dialectOf } from './allocation.ts';
import { chooseToBegin, type Waiting } from './choosing.ts';
import { type Amounts, createPacking, type Placement } from './packing.ts';
import { placementEnvironment, spanningEnvironment } from './placement-environment.ts';

/** An allocation in use: who has which part of it, and who may begin. */
export interface Room {
  /** What a Firework may need at most to be claimed now. */
  offered(): OfferedResources;
  readonly freeCores: number;
  /** So many more than there is room for are worth a claim, to choose from; none while all that came were of one size. */
  readonly choice: number;
  /** Whether nothing may begin any more, since time is nearly over. */
  isOver(): boolean;
  /** Names of Fireworks of which it is not known how long they take. */
  unknownNames(fireworks: readonly FireworkRecord[]): string[];
  learn(runtimes: readonly Runtimes[]): void;
  /** Why a Firework must not begin here any more: it would not end in time. Null when it may. */
  whyTooLong(firework: FireworkRecord): string | null;
  /** Which of these to begin now, by their place in the list. */
  choose(claimed: readonly FireworkRecord[]): number[];
  /** Gives it its part. */
  enter(firework: FireworkRecord): void;
  /** The environment of its tasks. */
  environmentOf(fwId: FwId): Record<string, string>;
  /** It is over, after so many seconds; null: it did not run. */
  leave(firework: FireworkRecord, seconds: number | null): void;
  /** One that was given back because it does not fit yet is not to wait longer because of others. */
  hold(firework: FireworkRecord): void;
}

export interface RoomOptions {
  allocation: Allocation;
  /** Cores of a Firework that does not say how many it needs. */
  defaultCores: number;
  /** Seconds that a Firework is taken to need of which nothing is known; null: it may begin at any time. */
  defaultWalltime: number | null;
  /** Seconds before the end of the allocation that ending everything takes. */
  endingSeconds: number;
}

/** Launches differ: what is learnt gets a margin. */
const learntMargin = 1.2;
const learntAtMost = 100;

/** With so many for each core to choose from, hardly a list of all would be packed better. */
const choiceForEachCore = 4;
/** Others shall have some, too. */
const choiceAtMost = 32;

interface Guest {
  placement: Placement;
  environment: Record<string, string>;
  ends: number;
}

const nowSeconds = () => Date.now() / 1000;

export function createRoom({ allocation, defaultCores, defaultWalltime, endingSeconds }: RoomOptions): Room {
  const packing = createPacking(allocation);
  const dialect = dialectOf(allocation.system);
  const runtimes = new Map<string, number[]>();
  const guests = new Map<FwId, Guest>();
  const sizes = new Set<string>();
  let held: Amounts | null = null;

  const left = () => (allocation.endsAt === null ? null : allocation.endsAt - endingSeconds - nowSeconds());
  const read = new WeakMap<UserMap, Resources>();
  /** Asked of all that are claimed whenever a Launch is over. */
  const declared = ({ spec }: FireworkRecord): Resources => {
    const known = read.get(spec) ?? declaredResources(spec, dialect);
    read.set(spec, known);
    return known;
  };
  const secondsOf = (firework: FireworkRecord): number | null =>
    declared(firework).walltime ?? learntSeconds(runtimes.get(firework.name)) ?? defaultWalltime;
  const spans = (firework: FireworkRecord): boolean => {
    const { cores, gpus } = declared(firework);
    return allocation.nodes.length > 1 && ((cores ?? 0) > allocation.cores || gpus > allocation.gpus.length);
  };
  const needsOf = (firework: FireworkRecord): Amounts => {
    const { cores, memory, gpus } = declared(firework);
    // What needs other nodes too has them all to itself, and with them this one.
    if (spans(firework))
      return { cores: allocation.cores, memory: allocation.memory, gpus: allocation.gpus.length };
    // What needs more is not claimed; should one come all the same, it has everything.
    return {
      cores: Math.min(cores ?? defaultCores, allocation.cores),
      memory: memory === null ? null : Math.min(memory, allocation.memory ?? memory),
      gpus: Math.min(gpus, allocation.gpus.length),
    };
  };
  const waiting = (firework: FireworkRecord): Waiting => ({
    needs: needsOf(firework),
    seconds: secondsOf(firework),
    priority: asNumber(firework.spec.get('_priority') ?? 0) ?? 0,
  });

  /** One that says nothing has everything, as in FireWorks, and is told nothing. */
  const environmentFor = (firework: FireworkRecord, placement: Placement): Record<string, string> => {
    const { cores } = declared(firework);
    if (spans(firework)) return spanningEnvironment(cores ?? allocation.totalCores, allocation);
    const says = cores !== null || defaultCores < allocation.cores;
    return says ? placementEnvironment(placement, allocation) : {};
  };

  return {
    offered: () => ({
      cores: allocation.totalCores,
      memory: allocation.memory,
      gpus: allocation.gpus.length * Math.max(1, allocation.nodes.length),
      walltime: left(),
      dialect,
    }),
    get freeCores() {
      return packing.free.cores;
    },
    get choice() {
      return sizes.size > 1 ? Math.min(choiceForEachCore * allocation.cores, choiceAtMost) : 0;
    },
    isOver: () => (left() ?? 1) <= 0,
    unknownNames: (fireworks) => {
      if (allocation.endsAt === null) return [];
      const unknown = fireworks.filter((one) => declared(one).walltime === null && !runtimes.has(one.name));
      return [...new Set(unknown.map(({ name }) => name))];
    },
    learn(learnt) {
      for (const { name, seconds } of learnt) runtimes.set(name, seconds);
    },
    whyTooLong(firework) {
      const [seconds, rest] = [secondsOf(firework), left()];
      if (seconds === null || rest === null || seconds <= rest) return null;
      return `it may take ${Math.ceil(seconds)} seconds, and ${Math.max(0, Math.floor(rest))} are left here`;
    },
    choose(claimed) {
      // Each needs a core.
      if (packing.free.cores === 0) return [];
      const waitingOnes = claimed.map(waiting);
      for (const { needs } of waitingOnes) sizes.add(`${needs.cores} ${needs.gpus}`);
      const running = [...guests.values()].map(({ placement, ends }) => ({ needs: placement, ends }));
      const at = { free: packing.free, running, now: nowSeconds(), held };
      return chooseToBegin(waitingOnes, at);
    },
    enter(firework) {
      const needs = needsOf(firework);
      const placement = packing.place(needs);
      if (!placement) throw new Error(`Firework ${firework.fwId} was begun where there is no room for it`);
      const ends = nowSeconds() + (secondsOf(firework) ?? Number.POSITIVE_INFINITY);
      const environment = environmentFor(firework, placement);
      guests.set(firework.fwId, { placement, environment, ends });
    },
    environmentOf: (fwId) => guests.get(fwId)?.environment ?? {},
    leave(firework, seconds) {
      const guest = guests.get(firework.fwId);
      if (guest) packing.giveBack(guest.placement);
      guests.delete(firework.fwId);
      held = null;
      if (seconds === null) return;
      const known = runtimes.get(firework.name) ?? [];
      runtimes.set(firework.name, [seconds, ...known].slice(0, learntAtMost));
    },
    hold(firework) {
      held ??= needsOf(firework);
    },
  };
}

/** Nineteen of twenty took less, and a margin; null when nothing is known. */
export function learntSeconds(seconds: readonly number[] | undefined): number | null {
  if (!seconds || seconds.length === 0) return null;
  const sorted = [...seconds].sort((a, b) => a - b);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? 0;
  return p95 * learntMargin;
}
