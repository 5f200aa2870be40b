import type { FireworkRecord } from '@skyrocket/model/records';
import { createRoom, type Room, type RoomOptions, type Share } from './allocation/room.ts';

/**
 * Who holds which share of an allocation. A slot holds one, at most, and runs Launches of one kind in it, one after
 * another; so there are never more cores in use than those of the shares, whoever is started ahead.
 *
 * What a Launch is, who holds its cores, and what happens to it then:
 *
 * - Claimed: RESERVED in the launchpad. Holds none. It is given back when it would not end in the time that is left,
 *   or when all are busy for long, and by the sign-off when the worker ends. Rerun, deleted or defused meanwhile: its
 *   start is refused. Worker killed: upkeep gives it back.
 * - Starting, a share of its own: the share is reserved before the launchpad is asked, so that nobody else takes it. If
 *   the start is refused, the share is given back with the next {@link SlotShares.settle}.
 * - Starting, to follow: holds none. It is next in a share of its kind; shares of that kind are kept meanwhile.
 * - Started and waiting: RUNNING in the launchpad, with token, journal line and directory; nothing is run. Holds none,
 *   but as long as one waits no share of its kind is given back, so each gets one. Only what is learnt to be short is
 *   started ahead, by the one rule of batching.ts. It is given back (READY) when all shares of its kind are stuck behind
 *   long ones, when the worker is told to end (SIGTERM, end of walltime), and when it could not end in time any more.
 *   Taken away meanwhile: it ends in its slot without a command. Worker killed: nobody can know that it did not run, so
 *   upkeep declares it lost, as every RUNNING one.
 * - In its slot: the share is the slot's. The first of its line runs; those behind it stand in the line of the helper
 *   process (slot-line.ts), which starts the next when the one before is over: one command at a time, in the cores of the
 *   one share. Behind a command of more than a second they are turned away and given back. Told to end: the first gets
 *   the signal, the others were not begun and are given back. Worker killed: the helper ends the first and forgets the others.
 * - Over: the slot keeps the share for the next of that kind that waits or is being started. When there is none, the
 *   share is given back at once and whoever is chosen next gets its cores.
 */
export interface SlotShares {
  readonly room: Room;
  /** How many shares are taken. */
  readonly taken: number;
  /** Of shares that are taken. */
  kinds(): string[];
  /** Shares of a kind: those of slots, and reserved ones. */
  count(kind: string): number;
  /** When a Launch was last begun or over in one of a kind, on the clock of `performance`; Infinity: a slot is yet to begin. */
  lastChange(kind: string): number;
  /** For a Launch that is to be started. */
  reserve(firework: FireworkRecord): void;
  /** Of which kind the next Launch of a slot is, of those that wait; null: none of them is for it. */
  kindFor(slot: number, waiting: Waiting): string | null;
  /** A Launch of the kind that {@link kindFor} has told begins in the slot. The environment of its tasks. */
  begin(slot: number, firework: FireworkRecord): Record<string, string>;
  /** It is over, or was given back. */
  end(slot: number): void;
  /** Gives back the shares that nobody runs in and nobody waits for; whether there were any. */
  settle(waiting: Waiting): boolean;
}

/** Started Launches of a kind: how many wait, and whether more are being started. */
export interface Waiting {
  count(kind: string): number;
  isStarting(kind: string): boolean;
}

interface Holding {
  share: Share;
  /** Launches that were begun in it and are not over. */
  launches: number;
  /** When the last of them was begun or over. */
  changed: number;
}

export function createSlotShares(options: RoomOptions): SlotShares {
  const room = createRoom(options);
  const bySlot = new Map<number, Holding>();
  /** Of Launches that are being started, or have no slot yet. */
  let reserved: Share[] = [];
  const ofKind = (kind: string) => [...bySlot.values()].filter(({ share }) => share.kind === kind);
  const reservedOf = (kind: string) => reserved.filter((share) => share.kind === kind).length;

  function holdingOf(slot: number, kind: string): Holding {
    const own = bySlot.get(slot);
    if (own) return own;
    const share = reserved.find((one) => one.kind === kind);
    if (!share) throw new Error(`slot ${slot} has no share for what it is to run`);
    reserved = reserved.filter((one) => one !== share);
    const holding = { share, launches: 0, changed: 0 };
    bySlot.set(slot, holding);
    return holding;
  }

  return {
    room,
    get taken() {
      return bySlot.size + reserved.length;
    },
    kinds: () => [
      ...new Set([...reserved, ...Array.from(bySlot.values(), ({ share }) => share)].map(({ kind }) => kind)),
    ],
    count: (kind) => ofKind(kind).length + reservedOf(kind),
    lastChange: (kind) =>
      reservedOf(kind) > 0
        ? Number.POSITIVE_INFINITY
        : Math.max(...ofKind(kind).map(({ changed }) => changed)),
    reserve(firework) {
      reserved.push(room.take(firework));
    },
    kindFor(slot, waiting) {
      const own = bySlot.get(slot);
      if (!own) return reserved.find(({ kind }) => waiting.count(kind) > 0)?.kind ?? null;
      // Those that have a share to themselves do not wait in a line.
      const { kind } = own.share;
      return waiting.count(kind) > reservedOf(kind) ? kind : null;
    },
    begin(slot, firework) {
      const holding = holdingOf(slot, room.kindOf(firework));
      holding.launches++;
      holding.changed = performance.now();
      room.handOn(holding.share, firework);
      return holding.share.environment;
    },
    end(slot) {
      const holding = bySlot.get(slot);
      if (!holding) return;
      holding.launches--;
      holding.changed = performance.now();
    },
    settle(waiting) {
      const isAwaited = ({ kind }: Share) => waiting.isStarting(kind) || waiting.count(kind) > 0;
      const unused = [...bySlot].filter(([, { launches, share }]) => launches === 0 && !isAwaited(share));
      for (const [slot] of unused) bySlot.delete(slot);
      const given = [...unused.map(([, { share }]) => share), ...reserved.filter((one) => !isAwaited(one))];
      reserved = reserved.filter(isAwaited);
      for (const share of given) room.giveBack(share);
      return given.length > 0;
    },
  };
}
