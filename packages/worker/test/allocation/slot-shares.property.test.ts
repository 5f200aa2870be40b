import { describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import type { FireworkRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import fc from 'fast-check';
import type { Allocation } from '../../src/allocation/allocation.ts';
import { type Candidate, chooseToFollow } from '../../src/allocation/choosing.ts';
import { createSlotShares } from '../../src/slot-shares.ts';

const allocation: Allocation = {
  ...{ system: null, jobId: null, restarts: 0, nodes: [] },
  ...{ cores: 4, totalCores: 4, coreIds: [0, 1, 2, 3], memory: 4000, gpus: ['a', 'b'], endsAt: null },
};
const options = { allocation, defaultCores: 4, defaultWalltime: null, endingSeconds: 0 };

function firework(number: number, needs: Record<string, number>): FireworkRecord {
  const now = timestamp(0);
  const spec = new Map([['_resources', new Map(Object.entries(needs))]]);
  const times = { createdOn: now, updatedOn: now };
  return {
    fwId: fwId(number),
    name: 'one',
    spec,
    state: 'RUNNING',
    launches: [],
    archivedLaunches: [],
    ...times,
  };
}

const needs = fc.record({
  cores: fc.constantFrom(1, 2, 4),
  memory: fc.constantFrom(500, 1000),
  gpus: fc.constantFrom(0, 1),
});

/** What may happen: some are started as the choice says, a slot asks, one in a slot is over. */
const events = fc.array(fc.record({ what: fc.constantFrom('start', 'ask', 'end'), which: fc.nat() }), {
  minLength: 20,
  maxLength: 120,
});

describe('the shares of slots', () => {
  it('never are more than there is, whoever follows whom, and none is kept for nobody', () => {
    fc.assert(
      fc.property(fc.array(needs, { minLength: 10, maxLength: 30 }), events, (list, happenings) => {
        const slots = 4;
        const shares = createSlotShares(options);
        let claimed = list.map((one, i) => firework(i, one));
        let started: FireworkRecord[] = [];
        const running: { slot: number; kind: string; environment: Record<string, string> }[] = [];
        const kindOf = shares.room.kindOf;
        const waiting = {
          count: (kind: string) => started.filter((one) => kindOf(one) === kind).length,
          isStarting: () => false,
        };
        for (const { what, which } of happenings) {
          if (what === 'start') {
            const { begin, follow } = shares.room.choose(claimed, slots - shares.taken);
            const ahead = follow.slice(0, which % 4);
            for (const place of begin) if (claimed[place]) shares.reserve(claimed[place]);
            const chosen = new Set([...begin, ...ahead]);
            started = [...started, ...claimed.filter((_, place) => chosen.has(place))];
            claimed = claimed.filter((_, place) => !chosen.has(place));
          } else if (what === 'ask') {
            const slot = which % slots;
            const kind = shares.kindFor(slot, waiting);
            const place = started.findIndex((one) => kindOf(one) === kind);
            const [next] = place >= 0 ? started.splice(place, 1) : [];
            expect(next === undefined).toBe(kind === null);
            if (next && kind !== null) running.push({ slot, kind, environment: shares.begin(slot, next) });
          } else {
            const [over] = running.splice(which % Math.max(1, running.length), 1);
            if (over) shares.end(over.slot);
          }
          shares.settle(waiting);
          // Who is in the same slot has the same cores; two slots never have.
          const bySlot = new Map(running.map(({ slot, environment }) => [slot, environment]));
          for (const { slot, environment } of running) expect(environment).toBe(bySlot.get(slot));
          const cores = [...bySlot.values()].flatMap((one) => one.SKYROCKET_SLOT_CORES?.split(',') ?? []);
          const gpus = [...bySlot.values()].flatMap((one) => one.CUDA_VISIBLE_DEVICES?.split(',') ?? []);
          const named = gpus.filter((one) => one !== '');
          expect([new Set(cores).size, new Set(named).size]).toEqual([cores.length, named.length]);
          expect(shares.taken).toBeLessThanOrEqual(slots);
          // Whoever waits gets a share, and with nobody in one nothing is taken.
          for (const one of started) expect(shares.count(kindOf(one))).toBeGreaterThan(0);
          if (running.length === 0 && started.length === 0) expect(shares.taken).toBe(0);
        }
      }),
    );
  });

  it('let each slot have one of those that were chosen together, before any stands in a line', () => {
    const shares = createSlotShares(options);
    const two = [firework(1, { cores: 1 }), firework(2, { cores: 1 })];
    for (const one of two) shares.reserve(one);
    let left = 2;
    const waiting = { count: () => left, isStarting: () => false };
    const kind = shares.kindFor(0, waiting);
    expect(kind).not.toBeNull();
    if (two[0]) shares.begin(0, two[0]);
    left = 1;
    expect(shares.kindFor(0, waiting)).toBeNull();
    expect(shares.kindFor(1, waiting)).toBe(kind);
  });
});

describe('those that follow in a share that is taken', () => {
  const one = (kind: string, cores: number, priority = 0, seconds: number | null = 1): Candidate => ({
    ...{ kind, seconds, priority },
    needs: { cores, memory: null, gpus: 0 },
  });
  const kinds = new Set(['small', 'large']);

  it('are those at the head of the list, of one kind', () => {
    const list = [one('small', 1), one('large', 2, 5), one('large', 2, 9), one('large', 2, 9, null)];
    expect(chooseToFollow(list, { begun: [], kinds })).toEqual([3, 2, 1]);
    expect(chooseToFollow(list, { begun: [3, 2, 1], kinds })).toEqual([0]);
  });

  it('are none while another waits for a share that is not there', () => {
    expect(chooseToFollow([one('huge', 4), one('small', 1)], { begun: [], kinds })).toEqual([]);
    expect(chooseToFollow([one('other', 1, 1), one('small', 1)], { begun: [], kinds })).toEqual([]);
    expect(chooseToFollow([], { begun: [], kinds })).toEqual([]);
  });
});
