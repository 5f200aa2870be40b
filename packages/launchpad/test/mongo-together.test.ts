import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Claim, Claimed, LaunchReport } from '@skyrocket/contract/running';
import { type LaunchId, launchId } from '@skyrocket/model/ids';
import { timestamp } from '@skyrocket/model/timestamp';
import {
  add,
  claim,
  claimedFireworks,
  launch,
  register,
  reportOf,
  start,
} from './launchpad-contract/worker-steps.ts';
import { overheardLaunchPad } from './overheard-launchpad.ts';
import {
  action,
  agentId,
  fworker,
  independent,
  newKey,
  newWorkflow,
  token,
  userMap,
} from './store-contract/samples.ts';

const site = overheardLaunchPad('together');

const names = Array.from({ length: 8 }, (_, index) => `agent ${index}`);

/** Each agent claims at the same moment. */
const claimAll = (members: (index: number) => Partial<Claim>): Promise<Claimed[]> =>
  Promise.all(
    names.map((name, index) => claim(site().launchpad, { agentId: agentId(name), ...members(index) })),
  );

const numbers = (claimed: Claimed[]) => claimed.map((one) => claimedFireworks(one).map(Number));

beforeEach(async () => {
  await site().launchpad.reset({ key: newKey() });
  await register(site().launchpad, ...names);
  site().sent.length = 0;
});

describe('claims that come at the same moment', () => {
  it('cost the commands of two, and each gets as many as it asked for, the first ones dealt to all', async () => {
    await add(site().launchpad, independent(60));
    site().sent.length = 0;
    const [first, ...others] = await claimAll((index) => ({ count: index + 1 }));
    expect(site().sent.length).toBeLessThanOrEqual(14);
    const dealt = numbers([...(first ? [first] : []), ...others]);
    expect(dealt.map((ids) => ids.length)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(dealt.map(([id]) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(dealt.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 36 }, (_, index) => index + 1));
    expect(others.every(({ exhausted }) => !exhausted)).toBe(true);
  });

  it('share what there is when it is too little for all', async () => {
    await add(site().launchpad, independent(10));
    const claimed = await claimAll(() => ({ count: 5 }));
    expect(
      numbers(claimed)
        .flat()
        .sort((a, b) => a - b),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(claimed.at(-1)?.exhausted).toBe(true);
  });

  it('belong to their agents: each starts its own Launches and no other', async () => {
    await add(site().launchpad, independent(16));
    const claimed = await claimAll(() => ({ count: 2 }));
    const owned = claimed.map(({ claims }) => claims.map(({ launchId }) => launchId));
    const [mine = [], theirs = []] = owned;
    expect((await launch(site().launchpad, theirs[0] ?? launchId(0))).host).toBe('host of agent 1');
    const starts = [...mine, ...theirs].map((id) => start(site().launchpad, id, 'agent 0'));
    const outcomes = (await Promise.all(starts)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['started', 'started', 'refused', 'refused']);
  });

  it('of different workers are answered each for itself', async () => {
    await add(site().launchpad, {
      specs: { 1: { _category: 'gpu' }, 2: { _category: 'cpu' }, 3: { _category: 'gpu' } },
    });
    const claimed = await claimAll((index) => ({
      count: 1,
      fworker: fworker({ category: index % 2 === 0 ? 'gpu' : 'cpu' }),
    }));
    const [gpus, cpus] = [0, 1].map((rest) =>
      numbers(claimed.filter((_, i) => i % 2 === rest))
        .flat()
        .sort(),
    );
    expect([gpus, cpus]).toEqual([[1, 3], [2]]);
  });

  it('give again what a call got that comes a second time among them', async () => {
    await add(site().launchpad, independent(40));
    const keys = names.map(newKey);
    const first = await claimAll((index) => ({ count: 2, key: keys[index] ?? '' }));
    const second = await claimAll((index) => ({
      count: 2,
      key: index % 2 === 0 ? (keys[index] ?? '') : newKey(),
    }));
    const again = numbers(second);
    numbers(first).forEach((ids, index) => {
      if (index % 2 === 0) expect(again[index]).toEqual(ids);
      else expect(again[index]).not.toEqual(ids);
    });
    expect(new Set([...numbers(first), ...again].flat()).size).toBe(2 * (8 + 4));
  });

  it('fail only for the agent that is not registered', async () => {
    await add(site().launchpad, independent(8));
    const outcomes = await Promise.allSettled(
      ['agent 0', 'nobody', 'agent 2', 'nobody'].map((name) =>
        claim(site().launchpad, { agentId: agentId(name) }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
  });
});

/** Adds Workflows of one Firework each, and has each agent run as many of them. */
async function runningEach(count: number): Promise<LaunchId[][]> {
  const workflows = Array.from({ length: names.length * count }, () => newWorkflow(independent(1)));
  await site().launchpad.addWorkflows({ key: newKey(), workflows });
  const claimed = await claimAll(() => ({ count }));
  const owned = claimed.map(({ claims }) => claims.map((one) => one.launchId));
  site().sent.length = 0;
  await Promise.all(
    owned.flatMap((ids, index) => ids.map((id) => start(site().launchpad, id, names[index]))),
  );
  return owned;
}

describe('starts that come at the same moment', () => {
  it('cost the commands of two', async () => {
    const owned = await runningEach(2);
    expect(site().sent.length).toBeLessThanOrEqual(10);
    const { history, host } = await launch(site().launchpad, owned[3]?.[1] ?? launchId(0));
    expect([history.map(({ state }) => state), host]).toEqual([['RESERVED', 'RUNNING'], 'node01']);
  });
});

describe('reports that come at the same moment', () => {
  const reportEach = async (owned: LaunchId[][], members: (id: LaunchId) => Partial<LaunchReport>) => {
    const reports = await Promise.all(
      owned.map((ids) => Promise.all(ids.map((id) => reportOf(site().launchpad, id, members(id))))),
    );
    site().sent.length = 0;
    const told = await Promise.all(
      reports.map((some) => site().launchpad.report({ key: newKey(), reports: some })),
    );
    return told.map(({ results }) => results.map(({ outcome }) => outcome));
  };

  it('cost the commands of two, and keep to each Launch what is its own', async () => {
    const owned = await runningEach(3);
    const told = await reportEach(owned, (id) => ({
      action: action({ storedData: userMap({ id, $literal: `$state of ${id}`, 'a.b': [id] }) }),
      endedOn: timestamp(Date.now() + id * 1000),
    }));
    expect(told).toEqual(names.map(() => ['applied', 'applied', 'applied']));
    expect(site().sent.length).toBeLessThanOrEqual(10);
    for (const id of owned.flat()) {
      const { state, action: stored, history, fwId } = await launch(site().launchpad, id);
      expect([state, history.map((entry) => entry.state)]).toEqual([
        'COMPLETED',
        ['RESERVED', 'RUNNING', 'COMPLETED'],
      ]);
      const expected = userMap({ id, $literal: `$state of ${id}`, 'a.b': [id] });
      expect(stored?.storedData).toEqual(expected);
      const { fireworks } = await site().launchpad.findFireworks({ fwIds: [fwId], fields: 'summary' });
      expect(fireworks[0]?.state).toBe('COMPLETED');
    }
  });

  it('fail, or are decided otherwise, each for itself', async () => {
    const owned = await runningEach(1);
    const [rerun, lost] = [owned[2] ?? [], owned[5] ?? []].map(([id]) => id ?? launchId(0));
    const { fwId } = await launch(site().launchpad, rerun ?? launchId(0));
    await site().launchpad.rerun({ key: newKey(), fwIds: [fwId] });
    const told = await reportEach(owned, (id) => (id === lost ? { token: token('another') } : {}));
    expect(told.map(([outcome]) => outcome)).toEqual(
      names.map((_, index) => (index === 2 || index === 5 ? 'refused' : 'applied')),
    );
  });

  it('are applied once when one of them is told twice', async () => {
    const owned = await runningEach(1);
    const [first = []] = owned;
    const told = await reportEach([first, ...owned], () => ({}));
    expect(told.slice(0, 2).flat().sort()).toEqual(['already-applied', 'applied']);
    expect(told.slice(2).flat()).toEqual(names.slice(1).map(() => 'applied'));
  });
});
