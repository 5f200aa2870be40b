import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { leaseTerms } from '@skyrocket/launchpad/lease-terms';
import { prepareDatabasePlace } from '@skyrocket/launchpad/store/sqlite/database-place';
import { openDatabase } from '@skyrocket/launchpad/store/sqlite/open-database';
import { sqliteStore } from '@skyrocket/launchpad/store/sqlite/sqlite-store';
import { storeLaunchPad } from '@skyrocket/launchpad/store-launchpad';
import { type Timestamp, timestamp } from '@skyrocket/model/timestamp';
import { add, complete, launch, register, run, states } from './launchpad-contract/worker-steps.ts';
import { agentId, chain, independent, newKey, newWorkflow } from './store-contract/samples.ts';
import { temporaryFolders } from './temporary-folders.ts';

const newFolder = temporaryFolders();

/** A launchpad, and its clock, which only goes on when it is told to. */
async function launchpadWithClock(): Promise<{
  launchpad: LaunchPad;
  pass(seconds: number): void;
  now(): Timestamp;
}> {
  let moment = Date.UTC(2030, 0, 1);
  const now = () => timestamp(moment);
  const database = await openDatabase(await prepareDatabasePlace(join(await newFolder(), 'launchpad.db')));
  const launchpad = storeLaunchPad(sqliteStore(database, now), leaseTerms);
  return {
    launchpad,
    now,
    pass: (seconds) => {
      moment += seconds * 1000;
    },
  };
}

const { leaseSeconds, heartbeatSeconds, watchGapSeconds, upkeepSeconds } = leaseTerms;

async function deadNow(launchpad: LaunchPad): Promise<string[]> {
  const key = newKey();
  const { agents } = await launchpad.deadAgents({ key });
  await launchpad.upkeep({ key, told: [] });
  return agents.map((agent) => agent.agentId);
}

describe('a lease by the clock of the launchpad', () => {
  it('lasts while heartbeats come, however long that is', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    await add(launchpad, chain);
    await run(launchpad, 1);
    for (let i = 0; i < 20; i += 1) {
      pass(heartbeatSeconds);
      await launchpad.heartbeat({ agentId: agentId('a'), pings: [] });
      expect(await deadNow(launchpad)).toEqual([]);
    }
    expect(await states(launchpad)).toMatchObject({ 1: 'RUNNING' });
    await launchpad.close();
  });

  it('survives two heartbeats that were lost', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    await register(launchpad, 'a');
    for (let i = 0; i < 3; i += 1) {
      expect(await deadNow(launchpad)).toEqual([]);
      pass(heartbeatSeconds - 1);
    }
    expect(await deadNow(launchpad)).toEqual([]);
    await launchpad.close();
  });

  it('ends after its time of silence, when the launchpad was watched all along', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    await add(launchpad, chain);
    await run(launchpad, 1);
    const seen: string[][] = [];
    for (let passed = 0; passed <= leaseSeconds + watchGapSeconds; passed += watchGapSeconds) {
      seen.push(await deadNow(launchpad));
      pass(watchGapSeconds);
    }
    expect(seen).toEqual([[], [], [], ['a']]);
    expect(await states(launchpad)).toMatchObject({ 1: 'FIZZLED' });
    await launchpad.close();
  });

  it('does not count time in which nobody watched: after a gap a whole lease passes first', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    await add(launchpad, chain);
    await run(launchpad, 1);
    pass(7 * 24 * 3600);
    expect(await deadNow(launchpad)).toEqual([]);
    pass(watchGapSeconds);
    expect(await deadNow(launchpad)).toEqual([]);
    await launchpad.heartbeat({ agentId: agentId('a'), pings: [] });
    pass(watchGapSeconds);
    expect(await deadNow(launchpad)).toEqual([]);
    expect(await states(launchpad)).toMatchObject({ 1: 'RUNNING' });
    await launchpad.close();
  });

  it('begins anew when the clock was set back', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    await register(launchpad, 'a');
    for (let i = 0; i < 2; i += 1) {
      await deadNow(launchpad);
      pass(watchGapSeconds);
    }
    pass(-3600);
    expect(await deadNow(launchpad)).toEqual([]);
    await launchpad.close();
  });

  it('does not end while another looks after it whose round takes its time', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    const [slow, next] = [newKey(), newKey()];
    await launchpad.deadAgents({ key: slow });
    pass(upkeepSeconds - 1);
    expect(await launchpad.deadAgents({ key: next })).toMatchObject({ heldByAnother: true });
    pass(2);
    expect(await launchpad.deadAgents({ key: next })).toMatchObject({ heldByAnother: false });
    expect(await launchpad.upkeep({ key: slow, told: [] })).toEqual({ lost: [], released: [], finished: 0 });
    await launchpad.close();
  });
});

describe('an agent that dies', () => {
  /** As rlaunch and the server do it at most. */
  const roundSeconds = 120;
  const tick = 10;

  /** Another worker looks after the launchpad. @returns how many seconds pass until the dead one is found */
  async function secondsUntilFound(
    { launchpad, pass }: Awaited<ReturnType<typeof launchpadWithClock>>,
    firstRound: number,
  ): Promise<number> {
    for (let passed = 0; passed <= 10 * leaseSeconds; passed += tick) {
      if (passed % heartbeatSeconds === 0) await launchpad.heartbeat({ agentId: agentId('b'), pings: [] });
      if (passed % roundSeconds === firstRound && (await deadNow(launchpad)).includes('a')) return passed;
      pass(tick);
    }
    throw new Error('the dead agent was not found');
  }

  it('is found within two leases, whenever in the rounds of upkeep it dies', async () => {
    for (let firstRound = 0; firstRound < roundSeconds; firstRound += tick) {
      const living = await launchpadWithClock();
      const { launchpad, pass } = living;
      await register(launchpad, 'b');
      for (let watched = 0; watched < leaseSeconds; watched += heartbeatSeconds) {
        await launchpad.heartbeat({ agentId: agentId('b'), pings: [] });
        pass(heartbeatSeconds);
      }
      await add(launchpad, chain);
      await run(launchpad, 1);
      const found = await secondsUntilFound(living, firstRound);
      expect(found).toBeGreaterThan(leaseSeconds);
      expect(found).toBeLessThanOrEqual(2 * leaseSeconds);
      expect(await states(launchpad)).toMatchObject({ 1: 'FIZZLED' });
      await launchpad.close();
    }
  });

  it('is found within two leases after everything else was stopped too, and began again', async () => {
    const living = await launchpadWithClock();
    const { launchpad, pass } = living;
    await register(launchpad, 'b');
    await add(launchpad, chain);
    await run(launchpad, 1);
    pass(3 * 24 * 3600);
    const found = await secondsUntilFound(living, 0);
    expect(found).toBeGreaterThanOrEqual(leaseSeconds);
    expect(found).toBeLessThanOrEqual(2 * leaseSeconds);
    await launchpad.close();
  });
});

describe('moments in a launchpad', () => {
  it('are those of its clock', async () => {
    const { launchpad, pass, now } = await launchpadWithClock();
    const added = now();
    await add(launchpad, chain);
    pass(10);
    const id = await complete(launchpad, 1);
    const { workflows } = await launchpad.findWorkflows({ fields: 'summary' });
    expect(workflows).toMatchObject([{ createdOn: added, updatedOn: now() }]);
    expect((await launch(launchpad, id)).history.slice(0, 2)).toMatchObject([
      { state: 'RESERVED', createdOn: now() },
      { state: 'RUNNING', createdOn: now() },
    ]);
    const { fireworks } = await launchpad.findFireworks({ fields: 'summary' });
    expect(fireworks.map((one) => one.updatedOn)).toEqual([now(), now(), added]);
    await launchpad.close();
  });
});

describe('what a launchpad remembers', () => {
  it('is forgotten after a week, by upkeep', async () => {
    const { launchpad, pass } = await launchpadWithClock();
    const request = { key: newKey(), workflows: [newWorkflow(independent(1))] };
    const first = await launchpad.addWorkflows(request);
    pass(6 * 24 * 3600);
    await deadNow(launchpad);
    expect(await launchpad.addWorkflows(request)).toEqual(first);
    pass(2 * 24 * 3600);
    await deadNow(launchpad);
    expect(await launchpad.addWorkflows(request)).not.toEqual(first);
    await launchpad.close();
  });
});
