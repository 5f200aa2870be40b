import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { newLock } from '@skyrocket/launchpad/store/mongo/locks';
import type { LaunchId } from '@skyrocket/model/ids';
import { add, claim, register, reportOf, start, states } from './launchpad-contract/worker-steps.ts';
import { overheardLaunchPad } from './overheard-launchpad.ts';
import { chain, newKey } from './store-contract/samples.ts';

describe('Launches of one Workflow that their worker reports together', () => {
  const site = overheardLaunchPad('reports_together');

  beforeEach(async () => {
    const { launchpad } = site();
    await launchpad.reset({ key: newKey() });
    await register(launchpad, 'a');
  });

  async function startAll(): Promise<LaunchId[]> {
    const { claims } = await claim(site().launchpad, { count: 3 });
    for (const { launchId } of claims) await start(site().launchpad, launchId);
    return claims.map(({ launchId }) => launchId);
  }

  async function report(launchIds: LaunchId[]): Promise<string[]> {
    const { launchpad, sent } = site();
    const reports = await Promise.all(launchIds.map((id) => reportOf(launchpad, id)));
    sent.length = 0;
    const { results } = await launchpad.report({ key: newKey(), reports });
    return results.map(({ outcome }) => outcome);
  }

  const alone = { specs: { 1: {}, 2: {}, 3: {} }, links: { 4: [5] } };
  const awaited = { links: { 1: [4], 2: [4], 3: [5] } };

  it('are applied without reading more than the Workflow, which comes with its lock, where nobody waits for them', async () => {
    await add(site().launchpad, alone);
    expect(await report(await startAll())).toEqual(['applied', 'applied', 'applied']);
    expect(site().sent).toEqual(['findAndModify', 'update', 'update', 'update']);
    const done = { 1: 'COMPLETED', 2: 'COMPLETED', 3: 'COMPLETED' };
    expect(await states(site().launchpad)).toEqual({ ...done, 4: 'READY', 5: 'WAITING' });
    const stored = await site().connection.launches.find({}).sort({ launch_id: 1 }).toArray();
    expect(stored.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
  });

  it.each([
    ['nobody waits', alone, { 4: 'READY', 5: 'WAITING' }],
    ['others wait', awaited, { 4: 'WAITING', 5: 'READY' }],
  ])('leave one as it is that another program has changed, where %s for them', async (_, sketch, others) => {
    await add(site().launchpad, sketch);
    const launchIds = await startAll();
    const { fireworks, workflows } = site().connection;
    await fireworks.updateOne({ fw_id: 2 }, { $set: { state: 'DEFUSED' } });
    await report(launchIds);
    const expected = { 1: 'COMPLETED', 2: 'DEFUSED', 3: 'COMPLETED', ...others };
    expect(await states(site().launchpad)).toEqual(expected);
    const [found] = await workflows.find({}).toArray();
    expect(found?.fw_states).toEqual(expected);
    expect(found).not.toHaveProperty('locked');
  });
});

describe('a Launch that is started while a report has its Workflow locked', () => {
  const site = overheardLaunchPad('start_locked');

  it('waits for that, and does not lock it too', async () => {
    const { launchpad, connection, sent } = site();
    await register(launchpad, 'a');
    await add(launchpad, chain);
    const [claimed] = (await claim(launchpad)).claims;
    const { token } = newLock(connection, []);
    await connection.workflows.updateOne({}, { $set: { locked: token } });
    sent.length = 0;
    const starting = claimed && start(launchpad, claimed.launchId);
    await setTimeout(200);
    await connection.workflows.updateOne({}, { $unset: { locked: '' } });
    expect(await starting).toMatchObject({ outcome: 'started' });
    expect(await states(launchpad)).toMatchObject({ 1: 'RUNNING', 2: 'WAITING' });
    expect(sent).not.toContain('findAndModify');
    const [found] = await connection.workflows.find({}).toArray();
    expect(found).toMatchObject({ state: 'RUNNING', fw_states: { 1: 'RUNNING', 2: 'WAITING' } });
  });
});
