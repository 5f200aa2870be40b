import { setTimeout } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type LockUse, newLock } from '@skyrocket/launchpad/store/mongo/locks';
import {
  add,
  claim,
  register,
  report,
  reportOf,
  run,
  start,
  states,
} from './launchpad-contract/worker-steps.ts';
import { overheardLaunchPad } from './overheard-launchpad.ts';
import { agentId, fworker, newKey, token } from './store-contract/samples.ts';

/** Of Workflows of more than 200 Fireworks only what is around a Firework is read. */
describe('a large Workflow', () => {
  const site = overheardLaunchPad('large');
  const launchpad = () => site().launchpad;

  beforeEach(async () => {
    await launchpad().reset({ key: newKey() });
    await register(launchpad(), 'a');
  });

  it('frees the child of many parents that end one after another', async () => {
    const width = 220;
    const parents = Array.from({ length: width }, (_, index) => index + 1);
    const [join, next] = [width + 1, width + 2];
    const links = { ...Object.fromEntries(parents.map((id) => [id, [join]])), [join]: [next] };
    await add(launchpad(), { name: 'fan-in', links });
    for (let claimed = 0; claimed < width; claimed += 10) {
      const { claims } = await claim(launchpad(), { count: 10 });
      for (const { launchId } of claims) await start(launchpad(), launchId);
      for (const { launchId } of claims) await report(launchpad(), launchId);
    }
    expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', [join]: 'READY', [next]: 'WAITING' });
  });

  const width = 300;
  const children = Array.from({ length: width }, (_, index) => index + 2);
  const fanOut = { name: 'fan-out', links: { 1: children } };

  it('frees many children without reading them, half of them by each of two commands', async () => {
    await add(launchpad(), fanOut);
    const launchId = await run(launchpad(), 1);
    await launchpad().identity();
    site().sent.length = 0;
    await report(launchpad(), launchId);
    const halves = ['update', 'update'];
    expect(site().sent).toEqual(['findAndModify', 'find', 'update', ...halves, 'update']);
    const freed = Object.fromEntries(children.map((id) => [id, 'READY']));
    expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', ...freed });
    const [found] = await site().connection.workflows.find({}).toArray();
    expect(found?.fw_states).toEqual({ 1: 'COMPLETED', ...freed });
  });

  it('leaves a child as it is that is not as its copy says', async () => {
    await add(launchpad(), fanOut);
    const { fireworks, workflows } = site().connection;
    const launchId = await run(launchpad(), 1);
    await fireworks.updateOne({ fw_id: 250 }, { $set: { state: 'PAUSED' } });
    await report(launchpad(), launchId);
    const freed = Object.fromEntries(children.map((id) => [id, id === 250 ? 'PAUSED' : 'READY']));
    expect(await states(launchpad())).toEqual({ 1: 'COMPLETED', ...freed });
    const [found] = await workflows.find({}).toArray();
    expect(found?.fw_states).toEqual({ 1: 'COMPLETED', ...freed });
    expect(found).not.toHaveProperty('locked');
  });

  const loose = { name: 'loose', specs: Object.fromEntries(children.map((id) => [id - 1, {}])) };

  const workflow = async () => (await site().connection.workflows.findOne({})) ?? {};
  const lock = (use: LockUse) =>
    site().connection.workflows.updateOne(
      {},
      { $set: { locked: newLock(site().connection, [], { use }).token } },
    );

  it('has its starts marked while others end, but not while more is changed', async () => {
    await add(launchpad(), loose);
    await run(launchpad(), 1);
    const { claims } = await claim(launchpad(), { count: 2 });
    const [second, third] = claims.map(
      ({ launchId }) =>
        () =>
          start(launchpad(), launchId),
    );
    await lock('ends');
    expect(await second?.()).toMatchObject({ outcome: 'started' });
    expect(await workflow()).toMatchObject({ state: 'RUNNING', fw_states: { 2: 'RUNNING', 3: 'READY' } });
    await lock('any');
    const starting = third?.();
    await setTimeout(100);
    expect(await workflow()).toMatchObject({ fw_states: { 2: 'RUNNING', 3: 'READY' } });
    await site().connection.workflows.updateOne({}, { $unset: { locked: '' } });
    expect(await starting).toMatchObject({ outcome: 'started' });
    expect(await workflow()).toMatchObject({ fw_states: { 2: 'RUNNING', 3: 'RUNNING', 4: 'READY' } });
  });

  it('keeps the states of others when many start and end at once', async () => {
    await add(launchpad(), loose);
    const { claims } = await claim(launchpad(), { count: 200 });
    const starts = claims.map(({ launchId: id }) => ({
      launchId: id,
      token: token(`token of ${id}`),
      launchDir: '/d',
    }));
    const place = { agentId: agentId('a'), fworker: fworker(), host: 'node01', ip: '10.0.0.2' };
    await launchpad().start({ key: newKey(), ...place, starts });
    const expected = (state: string) =>
      Object.fromEntries(children.map((id) => [id - 1, id <= 201 ? state : 'READY']));
    expect(await workflow()).toMatchObject({ state: 'RUNNING', fw_states: expected('RUNNING') });
    const reports = await Promise.all(claims.map(({ launchId }) => reportOf(launchpad(), launchId)));
    await launchpad().report({ key: newKey(), reports });
    const done = await workflow();
    expect(done).toMatchObject({ state: 'RUNNING', fw_states: expected('COMPLETED') });
    expect(done).not.toHaveProperty('locked');
    expect(await states(launchpad())).toEqual(expected('COMPLETED'));
  });
});
