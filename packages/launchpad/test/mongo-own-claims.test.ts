import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { processStart } from '@skyrocket/contract/process-identity';
import { agentStandings } from '@skyrocket/launchpad/store/mongo/agents';
import type { Store } from '@skyrocket/launchpad/store/store';
import { Collection } from 'mongodb';
import type { Death } from './dying-connection.ts';
import { faultSite } from './faults/fault-site.ts';
import type { World } from './faults/operations.ts';
import { flaws } from './faults/picture.ts';
import { agent, agentId, independent } from './store-contract/samples.ts';
import { add, claim, claimed, start } from './store-contract/steps.ts';

/**
 * A worker that opens the database itself claims one Firework after another. All notes about what it is about to hold are made
 * with those of the second claim, and the keys of its claims are known to its process only.
 */
describe('an agent that lives in the process of its store', () => {
  const site = faultSite('own_claims');
  const moments = ['before it', 'before its answer'] as const;
  const own = { pid: process.pid, processStart: processStart(process.pid) ?? '' };

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const prepare = () =>
    site().prepare({
      name: 'claims',
      prepare: async ({ store }: World) => void (await add(store, independent(8))),
      perform: claimFive,
    });

  async function claimFive({ store }: World): Promise<number[]> {
    await store.registerAgent({ ...agent('a'), ...own });
    const fireworks: number[] = [];
    for (const key of ['first', 'second', 'third', 'fourth', 'fifth']) {
      fireworks.push(...claimed(await claimUntilGiven(store, key)).map(Number));
    }
    return fireworks;
  }

  /** Part of a claim that was cut off may be lost; it is then told that there may be more. */
  async function claimUntilGiven(store: Store, key: string) {
    for (let attempt = 0; ; attempt++) {
      const answer = await claim(store, { key: attempt === 0 ? key : `${key}, attempt ${attempt}` });
      if (answer.claims.length > 0 || answer.exhausted) return answer;
    }
  }

  /** The Launches of the agent, as upkeep sees it. */
  async function launchesHeld() {
    const [standing] = await agentStandings(site().connection, agentId('a'));
    return standing?.launches ?? [];
  }

  const held = async () => (await launchesHeld()).map(({ fwId }) => Number(fwId)).sort();

  async function reserved(): Promise<number[]> {
    const { fireworks } = site().connection;
    const found = await fireworks.find({ state: 'RESERVED' }).sort({ fw_id: 1 }).toArray();
    return found.map((firework) => Number(firework.fw_id));
  }

  /** @returns how many commands from now on have made notes */
  function countInsertions(): () => number {
    const { contexts } = jest.spyOn(Collection.prototype, 'insertMany').mock;
    const isOfNotes = (one: unknown) =>
      one instanceof Collection && one.collectionName === 'skyrocket_starts';
    return () => contexts.filter(isOfNotes).length;
  }

  /** Notes about Launches that are not there. */
  async function notesAboutNothing(): Promise<number> {
    const { starts, launches } = site().connection;
    const there = await launches.distinct('launch_id');
    return starts.countDocuments({ _id: { $nin: there } });
  }

  /** At the first write, at the second, and so on. */
  async function atEachWrite(cut: (at: Death) => Promise<boolean>): Promise<number> {
    for (let write = 1; ; write++) {
      for (const when of moments) {
        await prepare();
        if (!(await cut({ write, when }))) return write;
      }
    }
  }

  it('notes that it is about to hold Launches with one command for many', async () => {
    await prepare();
    const insertions = countInsertions();
    expect(await claimFive(site().world)).toHaveLength(5);
    expect(insertions()).toBe(2);
    expect(await held()).toEqual(await reserved());
    expect(await held()).toHaveLength(5);
  });

  it('gets what a claim made that was cut off, when it makes it again', async () => {
    const writes = await atEachWrite(async (at) => {
      let fireworks: number[] = [];
      const isCut = await site().beCutOff(at, async (world) => {
        fireworks = await claimFive(world);
      });
      expect({ at, size: new Set(fireworks).size }).toEqual({ at, size: 5 });
      expect({ at, reserved: await reserved() }).toEqual({ at, reserved: fireworks.sort() });
      expect({ at, held: await held() }).toEqual({ at, held: fireworks });
      return isCut;
    });
    expect(writes).toBeGreaterThan(10);
  });

  it('holds all that is RESERVED, wherever it is killed, so that others get it back', async () => {
    const writes = await atEachWrite(async (at) => {
      const isDead = await site().die(at, claimFive);
      expect({ at, held: await held() }).toEqual({ at, held: await reserved() });
      expect({ at, flaws: await flaws(site().connection) }).toEqual({ at, flaws: [] });
      return isDead;
    });
    expect(writes).toBeGreaterThan(10);
  });

  it('can start what it has claimed', async () => {
    await prepare();
    await claimFive(site().world);
    for (const { launchId } of await launchesHeld())
      expect(await start(site().world.store, launchId)).toMatchObject({ outcome: 'started' });
    expect(await held()).toHaveLength(5);
  });

  it('leaves no note behind about what it never claimed, when it signs off', async () => {
    await prepare();
    await claimFive(site().world);
    expect(await notesAboutNothing()).toBeGreaterThan(0);
    await site().world.launchpad.signOff({ agentId: agentId('a') });
    expect(await notesAboutNothing()).toBe(0);
  });

  it('makes new notes when those that it has made are old', async () => {
    await prepare();
    await claimFive(site().world);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now + 31_000);
    const insertions = countInsertions();
    const { store } = site().world;
    expect((await claim(store)).claims).toHaveLength(1);
    expect(insertions()).toBe(1);
    expect(await held()).toHaveLength(6);
  });
});
