import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { chooseToBegin, type Occupied, type Waiting } from '../../src/allocation/choosing.ts';
import {
  type Amounts,
  createPacking,
  fits,
  minus,
  type Placement,
  plus,
} from '../../src/allocation/packing.ts';

const needs = (most: number) =>
  fc.record({
    cores: fc.integer({ min: 1, max: most }),
    memory: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: null }),
    gpus: fc.integer({ min: 0, max: 2 }),
  });

/** Takes shares and gives them back at random; `give` says which of those that are held. */
const steps = fc.array(fc.oneof(fc.record({ take: needs(10) }), fc.record({ give: fc.nat() })), {
  maxLength: 60,
});

const space = { cores: 8, coreIds: [0, 1, 2, 3, 8, 9, 10, 11], memory: 8000, gpus: ['0', '1', '3'] };
const all: Amounts = { cores: 8, memory: 8000, gpus: 3 };

describe('sharing out an allocation', () => {
  it('never gives more than there is, and no core or GPU twice', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const packing = createPacking(space);
        const held: Placement[] = [];
        let free = all;
        for (const step of taken) {
          if ('take' in step) {
            const placement = packing.place(step.take);
            expect(placement !== null).toBe(fits(step.take, free));
            if (!placement) continue;
            expect(placement.coreIds).toHaveLength(step.take.cores);
            expect(placement.gpuIds).toHaveLength(step.take.gpus);
            held.push(placement);
            free = minus(free, step.take);
          } else if (held.length > 0) {
            const [back] = held.splice(step.give % held.length, 1);
            if (back) packing.giveBack(back);
            free = back ? plus(free, back) : free;
          }
          expect(packing.free).toEqual(free);
          const cores = held.flatMap(({ coreIds }) => coreIds ?? []);
          const gpus = held.flatMap(({ gpuIds }) => gpuIds);
          expect([new Set(cores).size, new Set(gpus).size]).toEqual([cores.length, gpus.length]);
          expect(cores.every((core) => space.coreIds.includes(core))).toBe(true);
        }
      }),
    );
  });

  it('counts cores whose numbers are not known', () => {
    const packing = createPacking({ ...space, coreIds: null, memory: null });
    const needed = { cores: 5, memory: 1e9, gpus: 0 };
    expect(packing.place(needed)).toEqual({ ...needed, coreIds: null, gpuIds: [] });
    expect(packing.place(needed)).toBeNull();
  });
});

interface Job extends Waiting {
  seconds: number;
}

const jobs = (cores: number[]) =>
  fc.array(
    fc.record({
      needs: fc.record({ cores: fc.constantFrom(...cores), memory: fc.constant(null), gpus: fc.constant(0) }),
      seconds: fc.integer({ min: 1, max: 100 }),
      priority: fc.constant(0),
    }),
    { minLength: 40, maxLength: 60 },
  );

type Choose = (waiting: readonly Job[], now: { free: Amounts; running: Occupied[]; now: number }) => number[];

/** Runs all jobs in an allocation of four cores, and tells how long it takes. */
function makespan(queue: readonly Job[], choose: Choose): number {
  const waiting = [...queue];
  let running: Occupied[] = [];
  let free: Amounts = { cores: 4, memory: null, gpus: 0 };
  let now = 0;
  while (waiting.length > 0 || running.length > 0) {
    const chosen = new Set(choose(waiting, { free, running, now }));
    for (const [index, job] of [...waiting.entries()].reverse()) {
      if (!chosen.has(index)) continue;
      waiting.splice(index, 1);
      running.push({ needs: job.needs, ends: now + job.seconds });
      free = minus(free, job.needs);
    }
    if (free.cores < 0) throw new Error('more cores are in use than there are');
    if (running.length === 0) throw new Error('something waits, and nothing runs');
    now = Math.min(...running.map(({ ends }) => ends));
    for (const { needs: freed, ends } of running) if (ends <= now) free = plus(free, freed);
    running = running.filter(({ ends }) => ends > now);
  }
  return now;
}

/** A list schedule: whatever fits begins, in the order of the list. */
const listSchedule: Choose = (waiting, { free }) => {
  let left = free;
  return waiting.flatMap((job, index) => {
    if (!fits(job.needs, left)) return [];
    left = minus(left, job.needs);
    return [index];
  });
};

const area = ({ needs: { cores }, seconds }: Job) => cores * seconds;

/** The best of list schedules by several rules, each a good one for some campaigns. */
function bestListSchedule(queue: readonly Job[]): number {
  const rules: ((a: Job, b: Job) => number)[] = [
    () => 0,
    (a, b) => b.seconds - a.seconds,
    (a, b) => area(b) - area(a),
    (a, b) => b.needs.cores - a.needs.cores || b.seconds - a.seconds,
  ];
  return Math.min(...rules.map((rule) => makespan([...queue].sort(rule), listSchedule)));
}

describe('choosing what begins', () => {
  it('takes at most a tenth longer than the best list schedule', () => {
    fc.assert(
      fc.property(jobs([1, 2, 4]), (queue) => {
        const ours = makespan(queue, (waiting, at) => chooseToBegin(waiting, { ...at, held: null }));
        expect(ours).toBeLessThanOrEqual(1.1 * bestListSchedule(queue));
      }),
      { numRuns: 200 },
    );
  });

  const one = (cores: number, seconds: number | null = null, priority = 0): Waiting => ({
    needs: { cores, memory: null, gpus: 0 },
    seconds,
    priority,
  });
  const busy = (cores: number, ends: number): Occupied => ({ needs: one(cores).needs, ends });
  const free = (cores: number): Amounts => ({ cores, memory: null, gpus: 0 });

  it('keeps the order of priorities', () => {
    const at = { free: free(2), running: [], now: 0, held: null };
    expect(chooseToBegin([one(2), one(1, null, 5), one(1, null, 9)], at)).toEqual([2, 1]);
  });

  it('lets small ones begin beside one that waits only where they do not keep it waiting', () => {
    const at = { free: free(2), running: [busy(2, 10)], now: 0, held: null };
    expect(chooseToBegin([one(4), one(1, 10), one(1, 11)], at)).toEqual([1]);
    expect(chooseToBegin([one(3), one(1, 99), one(1, 99)], at)).toEqual([1]);
    expect(chooseToBegin([one(4), one(1, null)], at)).toEqual([]);
  });

  it('does so too beside one that was given back', () => {
    const at = { free: free(2), running: [busy(2, 10)], now: 0, held: free(4) };
    expect(chooseToBegin([one(1, 10), one(1, 11)], at)).toEqual([0]);
  });
});
