import type { Runtimes as RuntimesOfName } from '@skyrocket/contract/reservations';
import type { FireworkRecord } from '@skyrocket/model/records';
import type { OfferedResources } from '@skyrocket/model/resources';
import { type Allocation, dialectOf } from './allocation.ts';
import { type Candidate, chooseToBegin, chooseToFollow } from './choosing.ts';
import { createDemands } from './demands.ts';
import { type Amounts, createPacking, type Placement } from './packing.ts';
import { createRuntimes } from './runtimes.ts';

/** An allocation in use: which parts of it are taken, and who may begin. */
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
  learn(runtimes: readonly RuntimesOfName[]): void;
  /** Why a Firework must not begin here in so many seconds (default: now): it would not end in time. Null when it may. */
  whyTooLong(firework: FireworkRecord, waits?: number): string | null;
  /** Which of these are next, by their place in the list; at most so many of them in shares that are free. */
  choose(claimed: readonly FireworkRecord[], atMost: number): Chosen;
  /** Fireworks of one kind can run in the same share one after another: they need as much, and their tasks are told the same. */
  kindOf(firework: FireworkRecord): string;
  /** A share for a Firework that is to begin. */
  take(firework: FireworkRecord): Share;
  /** Another Firework of its kind begins in it. */
  handOn(share: Share, firework: FireworkRecord): void;
  /** Nobody runs in it any more. */
  giveBack(share: Share): void;
  /** A Firework is over, after so many seconds. */
  observe(firework: FireworkRecord, seconds: number): void;
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

export interface Chosen {
  /** To begin now, each in a share that is free. */
  begin: number[];
  /** Of one kind, in the order in which they are to begin in shares that are taken, once who has those is over. */
  follow: number[];
}

/** A part of the allocation. */
export interface Share {
  readonly kind: string;
  readonly placement: Placement;
  /** The environment of the tasks that run in it. */
  readonly environment: Record<string, string>;
  /** When who runs in it will be over, in seconds since 1970; Infinity: not known. */
  ends: number;
}

/** With so many for each core to choose from, hardly a list of all would be packed better. */
const choiceForEachCore = 4;
/** Others shall have some, too. */
const choiceAtMost = 32;

const nowSeconds = () => Date.now() / 1000;

export function createRoom({ allocation, defaultCores, defaultWalltime, endingSeconds }: RoomOptions): Room {
  const packing = createPacking(allocation);
  const runtimes = createRuntimes();
  const demandOf = createDemands(allocation, defaultCores);
  const shares = new Set<Share>();
  const sizes = new Set<string>();
  let held: Amounts | null = null;

  const left = () => (allocation.endsAt === null ? null : allocation.endsAt - endingSeconds - nowSeconds());
  const secondsOf = (firework: FireworkRecord): number | null =>
    demandOf(firework).walltime ?? runtimes.foresee(firework.name) ?? defaultWalltime;
  const endsFromNow = (firework: FireworkRecord) =>
    nowSeconds() + (secondsOf(firework) ?? Number.POSITIVE_INFINITY);
  const candidate = (firework: FireworkRecord): Candidate => {
    const { needs, kind, priority } = demandOf(firework);
    return { needs, kind, priority, seconds: secondsOf(firework) };
  };
  const toBegin = (waiting: readonly Candidate[]): number[] => {
    // Each needs a core.
    if (packing.free.cores === 0) return [];
    for (const { needs } of waiting) sizes.add(`${needs.cores} ${needs.gpus}`);
    const running = Array.from(shares, ({ placement, ends }) => ({ needs: placement, ends }));
    return chooseToBegin(waiting, { free: packing.free, running, now: nowSeconds(), held });
  };

  return {
    offered: () => ({
      cores: allocation.totalCores,
      memory: allocation.memory,
      gpus: allocation.gpus.length * Math.max(1, allocation.nodes.length),
      walltime: left(),
      dialect: dialectOf(allocation.system),
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
      const unknown = fireworks.filter(
        (one) => demandOf(one).walltime === null && !runtimes.isKnown(one.name),
      );
      return [...new Set(unknown.map(({ name }) => name))];
    },
    learn(learnt) {
      for (const { name, seconds } of learnt) runtimes.learn(name, seconds);
    },
    whyTooLong(firework, waits = 0) {
      const [seconds, rest] = [secondsOf(firework), left()];
      if (seconds === null || rest === null || seconds + waits <= rest) return null;
      return `it may take ${Math.ceil(seconds)} seconds, and ${Math.max(0, Math.floor(rest))} are left here`;
    },
    choose(claimed, atMost) {
      const waiting = claimed.map(candidate);
      const begin = toBegin(waiting).slice(0, atMost);
      const kinds = new Set(Array.from(shares, ({ kind }) => kind));
      for (const place of begin) kinds.add(waiting[place]?.kind ?? '');
      return { begin, follow: held === null ? chooseToFollow(waiting, { begun: begin, kinds }) : [] };
    },
    kindOf: (firework) => demandOf(firework).kind,
    take(firework) {
      const { needs, kind, environmentIn } = demandOf(firework);
      const placement = packing.place(needs);
      if (!placement) throw new Error(`Firework ${firework.fwId} was begun where there is no room for it`);
      const environment = environmentIn(placement);
      const share = { kind, placement, environment, ends: endsFromNow(firework) };
      shares.add(share);
      return share;
    },
    handOn(share, firework) {
      share.ends = endsFromNow(firework);
    },
    giveBack(share) {
      if (shares.delete(share)) packing.giveBack(share.placement);
      held = null;
    },
    observe: ({ name }, seconds) => runtimes.observe(name, seconds),
    hold(firework) {
      held ??= demandOf(firework).needs;
    },
  };
}
