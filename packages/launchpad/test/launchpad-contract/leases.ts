import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { processStart } from '@skyrocket/contract/process-identity';
import { fwId, type LaunchId } from '@skyrocket/model/ids';
import {
  agent,
  agentId,
  chain,
  fwIds,
  independent,
  newKey,
  token,
  userMap,
} from '../store-contract/samples.ts';
import { until } from '../store-contract/steps.ts';
import { freshLaunchPad, longLeases, type OpenLaunchPad } from './fresh-launchpad.ts';
import {
  add,
  claim,
  complete,
  launch,
  register,
  report,
  reserve,
  run,
  start,
  states,
} from './worker-steps.ts';

export function leaseContract(open: OpenLaunchPad): void {
  describe('while a lease lasts', () => {
    const launchpad = freshLaunchPad(open);
    const ping = (id: LaunchId) => ({ launchId: id, token: token(`token of ${id}`) });
    const takenAway = async (...ids: LaunchId[]) =>
      (await launchpad().heartbeat({ agentId: agentId('a'), pings: ids.map(ping) })).takenAway;

    it('a heartbeat renews it and writes the news of Launches', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      const checkpoint = { taskIndex: 1, storedData: userMap({ a: 1 }), updateSpec: new Map(), modSpec: [] };
      const trackers = [{ filename: 'log', nlines: 1, allowZipped: false, content: 'line' }];
      const pings = [{ ...ping(id), checkpoint, trackers }];
      expect(await launchpad().heartbeat({ agentId: agentId('a'), pings })).toEqual({ takenAway: [] });
      expect(await launch(launchpad(), id)).toMatchObject({ trackers });
      expect((await launch(launchpad(), id)).history.at(-1)).toMatchObject({ state: 'RUNNING', checkpoint });
    });

    it('a heartbeat names the Launches that were taken away', async () => {
      await add(launchpad(), independent(5));
      await add(launchpad(), independent(1));
      const kept = await run(launchpad(), 1);
      const rerun = await run(launchpad(), 2);
      const defused = await run(launchpad(), 3);
      const deleted = await run(launchpad(), 6);
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(2) });
      await launchpad().defuse({ key: newKey(), fwIds: fwIds(3) });
      await launchpad().deleteWorkflows({ key: newKey(), fwIds: fwIds(6) });
      const told = await takenAway(kept, rerun, defused, deleted);
      expect(told.map(({ launchId }) => launchId)).toEqual([rerun, defused, deleted]);
      for (const { reason } of told) expect(reason).toMatch(/./);
    });

    it('a heartbeat does not call a Launch taken away that was just reported', async () => {
      await add(launchpad(), chain);
      const id = await complete(launchpad(), 1);
      expect(await takenAway(id)).toEqual([]);
    });

    it('a heartbeat of an agent that is not registered asks it to register again', async () => {
      await expect(takenAway()).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    });

    it('nobody is dead, and upkeep leaves everything as it is', async () => {
      await add(launchpad(), independent(2));
      await run(launchpad(), 1);
      await reserve(launchpad(), 2);
      const key = newKey();
      expect(await launchpad().deadAgents({ key })).toEqual({ agents: [], heldByAnother: false });
      expect(await launchpad().upkeep({ key, told: [] })).toEqual({ lost: [], released: [], finished: 0 });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING', 2: 'RESERVED' });
    });

    it('upkeep is done by one at a time, and by the next when that has ended', async () => {
      const [first, second] = [newKey(), newKey()];
      expect(await launchpad().deadAgents({ key: first })).toMatchObject({ heldByAnother: false });
      expect(await launchpad().deadAgents({ key: second })).toMatchObject({
        heldByAnother: true,
        agents: [],
      });
      await launchpad().upkeep({ key: first, told: [] });
      expect(await launchpad().deadAgents({ key: second })).toMatchObject({ heldByAnother: false });
    });
  });

  describe('when a lease has run out', () => {
    const launchpad = freshLaunchPad(open, { ...longLeases, leaseSeconds: 0.05 });

    /** Looks until the agent is dead; the key that may then do upkeep. */
    const untilDead = async (name: string) => {
      const key = newKey();
      await until(async () => {
        const { agents } = await launchpad().deadAgents({ key });
        return agents.some((dead) => dead.agentId === name);
      });
      return key;
    };

    it('the agent is named as dead, with its journal and its Launches', async () => {
      await add(launchpad(), independent(2));
      const launches = [await run(launchpad(), 1), await reserve(launchpad(), 2)];
      const { agents } = await launchpad().deadAgents({ key: await untilDead('a') });
      const { host, journal } = agent('a');
      expect(agents).toEqual([
        { agentId: 'a', reason: expect.stringMatching(/not heard of/), host, journal, launches },
      ]);
    });

    it('Launches that ran are FIZZLED with the reason, and claims are READY again', async () => {
      await add(launchpad(), { links: { 1: [3] }, specs: { 2: {} } });
      const running = await run(launchpad(), 1);
      const reserved = await reserve(launchpad(), 2);
      const upkeep = await launchpad().upkeep({ key: await untilDead('a'), told: [] });
      expect(upkeep).toEqual({
        lost: [{ launchId: running, fwId: 1, reran: false }],
        released: [reserved],
        finished: 0,
      });
      expect(await states(launchpad())).toEqual({ 1: 'FIZZLED', 2: 'READY', 3: 'WAITING' });
      const { state, action } = await launch(launchpad(), running);
      expect([state, action?.storedData.get('_message')]).toEqual(['FIZZLED', 'the worker was lost']);
    });

    it('a second round finds nothing more', async () => {
      await add(launchpad(), chain);
      await run(launchpad(), 1);
      await launchpad().upkeep({ key: await untilDead('a'), told: [] });
      const key = newKey();
      expect(await launchpad().deadAgents({ key })).toEqual({ agents: [], heldByAnother: false });
      expect(await launchpad().upkeep({ key, told: [] })).toEqual({ lost: [], released: [], finished: 0 });
    });

    it('a worker that comes back may still tell its result', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await launchpad().upkeep({ key: await untilDead('a'), told: [] });
      expect(await report(launchpad(), id)).toEqual({ launchId: id, outcome: 'applied' });
      expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
    });

    it('a worker that comes back after a rerun may not', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await launchpad().upkeep({ key: await untilDead('a'), told: [] });
      await launchpad().rerun({ key: newKey(), fwIds: fwIds(1) });
      expect(await report(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(launchpad())).toMatchObject({ 1: 'READY', 2: 'WAITING' });
    });

    it('a claim by id may take the reservation over', async () => {
      await add(launchpad(), chain);
      const id = await reserve(launchpad(), 1);
      await untilDead('a');
      await register(launchpad(), 'b');
      const { claims } = await claim(launchpad(), { fwId: fwId(1), agentId: agentId('b') });
      expect(claims).toMatchObject([{ launchId: id }]);
      expect(await start(launchpad(), id)).toMatchObject({ outcome: 'refused' });
      expect(await start(launchpad(), id, 'b')).toMatchObject({ outcome: 'started' });
    });
  });

  describe('while one agent is heard of and another is not', () => {
    // Longer than a heartbeat takes where each waits for a slow disk.
    const launchpad = freshLaunchPad(open, { ...longLeases, leaseSeconds: 1 });

    it('only the silent one is dead', async () => {
      await add(launchpad(), independent(2));
      await run(launchpad(), 1, 'a');
      const ofB = await run(launchpad(), 2, 'b');
      const key = newKey();
      await until(async () => {
        await launchpad().heartbeat({ agentId: agentId('b'), pings: [] });
        const { agents } = await launchpad().deadAgents({ key });
        return agents.map((dead) => dead.agentId).join() === 'a';
      });
      expect(await launch(launchpad(), ofB)).toMatchObject({ state: 'RUNNING' });
    });
  });

  describe('while nobody watched the launchpad', () => {
    const launchpad = freshLaunchPad(open, { ...longLeases, leaseSeconds: 0.05, watchGapSeconds: 0 });

    it('nobody is called dead for being silent', async () => {
      await add(launchpad(), chain);
      await run(launchpad(), 1);
      const key = newKey();
      const end = Date.now() + 200;
      while (Date.now() < end) expect((await launchpad().deadAgents({ key })).agents).toEqual([]);
      expect(await launchpad().upkeep({ key, told: [] })).toMatchObject({ lost: [] });
      expect(await states(launchpad())).toMatchObject({ 1: 'RUNNING' });
    });
  });

  describe('when the process of an agent is gone', () => {
    const launchpad = freshLaunchPad(open);

    /** A process of this host, which is gone now. */
    const goneProcess = async () => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      const pid = child.pid ?? -1;
      const identity = { pid, processStart: processStart(pid) ?? '' };
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      return identity;
    };
    const registerGone = async (members: object = {}) =>
      launchpad().registerAgent({ ...agent('a'), host: hostname(), ...(await goneProcess()), ...members });

    it('it is dead at once where the launchpad is on the same host', async () => {
      await registerGone();
      const { agents } = await launchpad().deadAgents({ key: newKey() });
      expect(agents).toMatchObject([{ agentId: 'a', reason: expect.stringMatching(/gone/) }]);
    });

    it('nothing is known of it where it was on another host', async () => {
      await registerGone({ host: 'another' });
      expect(await launchpad().deadAgents({ key: newKey() })).toMatchObject({ agents: [] });
    });

    it('a living process is left alone', async () => {
      const identity = { pid: process.pid, processStart: processStart(process.pid) ?? '' };
      await launchpad().registerAgent({ ...agent('a'), host: hostname(), ...identity });
      expect(await launchpad().deadAgents({ key: newKey() })).toMatchObject({ agents: [] });
    });

    it('its claims are READY again, but what ran is lost only when its journal was told', async () => {
      await add(launchpad(), independent(2));
      const running = await run(launchpad(), 1);
      const reserved = await reserve(launchpad(), 2);
      await registerGone();
      const first = newKey();
      await launchpad().deadAgents({ key: first });
      expect(await launchpad().upkeep({ key: first, told: [] })).toMatchObject({
        lost: [],
        released: [reserved],
      });
      expect(await states(launchpad())).toEqual({ 1: 'RUNNING', 2: 'READY' });
      const second = newKey();
      const { agents } = await launchpad().deadAgents({ key: second });
      expect(agents).toMatchObject([{ agentId: 'a', launches: [running] }]);
      const told = [agentId('a')];
      expect(await launchpad().upkeep({ key: second, told })).toMatchObject({
        lost: [{ launchId: running }],
      });
      expect(await states(launchpad())).toEqual({ 1: 'FIZZLED', 2: 'READY' });
    });

    it('a result that its journal held counts', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      await registerGone();
      const key = newKey();
      await launchpad().deadAgents({ key });
      await report(launchpad(), id);
      expect(await launchpad().upkeep({ key, told: [agentId('a')] })).toMatchObject({ lost: [] });
      expect(await states(launchpad())).toMatchObject({ 1: 'COMPLETED', 2: 'READY' });
    });
  });
}
