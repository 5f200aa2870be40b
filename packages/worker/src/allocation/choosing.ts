import { type Amounts, fits, minus, plus } from './packing.ts';

/** A Firework that waits for its share. */
export interface Waiting {
  needs: Amounts;
  /** How long it may take; null: not known. */
  seconds: number | null;
  /** Higher ones first; those that agree may change places. */
  priority: number;
}

export interface Occupied {
  needs: Amounts;
  /** In seconds, on the clock of `now`; Infinity: not known. */
  ends: number;
}

export interface Occupancy {
  free: Amounts;
  running: readonly Occupied[];
  now: number;
  /** One that was given back because it did not fit: others must not make it wait longer. */
  held: Amounts | null;
}

/**
 * Which of those that wait to begin now, by their place in the list. In the order of priorities, large before small and
 * long before short among equals, since small and short ones fill gaps. The first one that does not fit is waited for:
 * others begin before it only where they do not make it wait longer (they end in time, or leave it enough).
 */
export function chooseToBegin(
  waiting: readonly Waiting[],
  { free, running, now, held }: Occupancy,
): number[] {
  const chosen: number[] = [];
  let left = free;
  const occupied = [...running];
  let gate = held === null ? null : gateFor(held, { free: left, occupied });
  for (const index of inOrder(waiting)) {
    const one = waiting[index];
    if (!one) continue;
    const ends = now + (one.seconds ?? Number.POSITIVE_INFINITY);
    if (!fits(one.needs, left)) {
      gate ??= gateFor(one.needs, { free: left, occupied });
      continue;
    }
    const endsInTime = gate !== null && Number.isFinite(ends) && ends <= gate.opens;
    if (gate && !endsInTime) {
      if (!fits(one.needs, gate.spare)) continue;
      gate = { ...gate, spare: minus(gate.spare, one.needs) };
    }
    left = minus(left, one.needs);
    occupied.push({ needs: one.needs, ends });
    chosen.push(index);
  }
  return chosen;
}

/** One of them may run in the share of another of its kind, once that is over. */
export interface Candidate extends Waiting {
  kind: string;
}

/**
 * Which of those that are left are to begin one after another in shares that are taken, in this order: those at the head
 * of the list, as long as they are of the kind of the first one. So nobody gets ahead of one that waits for another share.
 * @param begun those that begin now in shares of their own
 * @param kinds of all shares that are taken then
 */
export function chooseToFollow(
  waiting: readonly Candidate[],
  { begun, kinds }: { begun: readonly number[]; kinds: ReadonlySet<string> },
): number[] {
  const begins = new Set(begun);
  const left = inOrder(waiting).filter((index) => !begins.has(index));
  const kind = waiting[left[0] ?? -1]?.kind;
  if (kind === undefined || !kinds.has(kind)) return [];
  const end = left.findIndex((index) => waiting[index]?.kind !== kind);
  return end < 0 ? left : left.slice(0, end);
}

/** When the one that is waited for can begin, and what is free beside it then. */
interface Gate {
  opens: number;
  spare: Amounts;
}

function gateFor(needs: Amounts, { free, occupied }: { free: Amounts; occupied: readonly Occupied[] }): Gate {
  let available = free;
  let opens = Number.NEGATIVE_INFINITY;
  for (const { needs: freed, ends } of [...occupied].sort((a, b) => a.ends - b.ends)) {
    if (fits(needs, available)) break;
    available = plus(available, freed);
    opens = ends;
  }
  // What can never fit is waited for by nobody.
  if (!fits(needs, available)) return { opens: Number.POSITIVE_INFINITY, spare: available };
  return { opens, spare: minus(available, needs) };
}

function inOrder(waiting: readonly Waiting[]): number[] {
  const size = ({ needs }: Waiting) => needs.cores;
  const length = ({ seconds }: Waiting) => seconds ?? Number.POSITIVE_INFINITY;
  return waiting
    .map((one, index) => ({ one, index }))
    .sort((a, b) => {
      const byPriority = b.one.priority - a.one.priority || size(b.one) - size(a.one);
      if (byPriority !== 0) return byPriority;
      const [first, second] = [length(a.one), length(b.one)];
      return first === second ? a.index - b.index : second > first ? 1 : -1;
    })
    .map(({ index }) => index);
}
