import { describe, expect, it } from '@jest/globals';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { fwId, type LaunchId, launchId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agent, agentId, chain, fwIds, independent, newKey, token, userMap } from './samples.ts';
import { add, claim, complete, decide, end, launch, register, reserve, run, start, until } from './steps.ts';

export function agentContract(store: CurrentStore): void {
  describe('agents', () => {
    it('are known from their registration on, with all that they said', async () => {
      const said = { ...agent('a'), job: { system: 'slurm', id: '12_3', restarts: 1 } };
      await store().registerAgent(said);
      const found = await store().findAgent(agentId('a'));
      expect(found).toEqual({ ...said, silentSeconds: expect.any(Number), launches: [] });
      expect(found?.silentSeconds).toBeGreaterThanOrEqual(0);
      expect(found?.silentSeconds).toBeLessThan(60);
    });

    it('are unknown before', async () => {
      expect(await store().findAgent(agentId('a'))).toBeNull();
      expect(await store().findAgents()).toEqual([]);
    });

    it('may register again with other words', async () => {
      await store().registerAgent(agent('a'));
      await store().registerAgent({ ...agent('a'), pid: 5, journal: '/elsewhere' });
      expect(await store().findAgents()).toMatchObject([{ agentId: 'a', pid: 5, journal: '/elsewhere' }]);
    });

    it('hold the active Launches that they claimed and that have not ended', async () => {
      await add(store(), independent(5));
      const [reserved, running, ended, taken] = [
        await reserve(store(), 1),
        await run(store(), 2),
        await complete(store(), 3),
        await run(store(), 4),
      ];
      await decide(store(), { fwIds: fwIds(4) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(4) }));
      await register(store(), 'b');
      await claim(store(), { agentId: agentId('b'), fwId: fwId(5) });
      const found = await store().findAgent(agentId('a'));
      expect(found?.launches).toEqual([
        { launchId: reserved, fwId: 1, state: 'RESERVED' },
        { launchId: running, fwId: 2, state: 'RUNNING' },
      ]);
      expect(found?.launches.map((one) => one.launchId)).not.toEqual(expect.arrayContaining([ended, taken]));
      expect((await store().findAgents()).map((one) => [one.agentId, one.launches.length])).toEqual([
        ['a', 2],
        ['b', 1],
      ]);
    });

    it('are silent for longer and longer until they send a heartbeat', async () => {
      await register(store(), 'a');
      const silence = async () => (await store().findAgent(agentId('a')))?.silentSeconds ?? -1;
      await until(async () => (await silence()) > 0.05);
      const before = await silence();
      await until(async () => {
        await store().heartbeat({ agentId: agentId('a'), pings: [] });
        return (await silence()) < before;
      });
    });

    it('are silent no more when they register again', async () => {
      await register(store(), 'a');
      const silence = async () => (await store().findAgent(agentId('a')))?.silentSeconds ?? -1;
      await until(async () => (await silence()) > 0.05);
      const before = await silence();
      await until(async () => {
        await register(store(), 'a');
        return (await silence()) < before;
      });
    });

    it('are forgotten when they hold nothing any more, and only then', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      await register(store(), 'b');
      await store().forgetAgents([agentId('a'), agentId('b'), agentId('never seen')]);
      expect((await store().findAgents()).map((one) => one.agentId)).toEqual(['a']);
      await end(store(), id);
      await store().forgetAgents([agentId('a')]);
      expect(await store().findAgents()).toEqual([]);
    });
  });

  describe('a heartbeat', () => {
    const ping = (id: LaunchId, members: object = {}) => ({
      launchId: id,
      token: token(`token of ${id}`),
      ...members,
    });
    const beat = async (...pings: ReturnType<typeof ping>[]) =>
      (await store().heartbeat({ agentId: agentId('a'), pings }))?.map((one) => one.standing);

    it('writes the news of a Launch that runs', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const before = (await launch(store(), id)).history;
      const checkpoint = { taskIndex: 1, storedData: userMap({ a: 1 }), updateSpec: new Map(), modSpec: [] };
      const trackers = [{ filename: 'log', nlines: 25, allowZipped: false, content: 'last line' }];
      expect(await beat(ping(id, { checkpoint, trackers }))).toEqual(['own']);
      const { history, trackers: kept } = await launch(store(), id);
      expect(kept).toEqual(trackers);
      expect(history[0]).toEqual(before[0]);
      expect(history[1]).toMatchObject({ state: 'RUNNING', createdOn: before[1]?.createdOn, checkpoint });
      expect(String(history[1]?.updatedOn) >= String(before[1]?.updatedOn)).toBe(true);
    });

    it('leaves checkpoint and trackers as they are when it brings none', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const checkpoint = { taskIndex: 1, storedData: new Map(), updateSpec: new Map(), modSpec: [] };
      await beat(ping(id, { checkpoint }));
      await beat(ping(id));
      expect((await launch(store(), id)).history.at(-1)).toMatchObject({ checkpoint });
    });

    it('tells of each Launch that is no longer its own, and writes nothing of it', async () => {
      await add(store(), independent(5));
      await add(store(), independent(1));
      const ids = [
        await run(store(), 1),
        await run(store(), 2),
        await run(store(), 3),
        await run(store(), 6),
      ] as const;
      await end(store(), ids[1]);
      await decide(store(), { fwIds: fwIds(3) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(3) }));
      await store().deleteWorkflows({ key: newKey(), fwIds: fwIds(6) });
      const trackers = [{ filename: 'late', nlines: 1, allowZipped: false, content: 'x' }];
      const pings = ids.map((id) => ping(id, { trackers }));
      expect(await beat(...pings, ping(launchId(99)))).toEqual([
        'own',
        'ended',
        'archived',
        'deleted',
        'deleted',
      ]);
      expect((await launch(store(), ids[1])).trackers).toEqual([]);
      expect((await launch(store(), ids[2])).trackers).toEqual([]);
    });

    it('with another token is not answered for the Launch', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const trackers = [{ filename: 'foreign', nlines: 1, allowZipped: false, content: 'x' }];
      expect(await beat(ping(id, { token: token('wrong'), trackers }))).toEqual(['not-yours']);
      expect((await launch(store(), id)).trackers).toEqual([]);
    });

    it('of an agent that is not known renews nothing and writes nothing', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const trackers = [{ filename: 'of nobody', nlines: 1, allowZipped: false, content: 'x' }];
      const pings = [ping(id, { trackers })];
      expect(await store().heartbeat({ agentId: agentId('unknown'), pings })).toBeNull();
      expect((await launch(store(), id)).trackers).toEqual([]);
      expect(await store().findAgent(agentId('unknown'))).toBeNull();
    });

    it('is answered as if it were alone when many come at once', async () => {
      await add(store(), independent(5));
      const names = ['a', 'b', 'c', 'd', 'e'];
      const ids: LaunchId[] = [];
      for (const [index, name] of names.entries()) {
        await register(store(), name);
        const fw = fwId(index + 1);
        const [claimed] = (await claim(store(), { agentId: agentId(name), fwId: fw })).claims;
        if (!claimed) throw new Error(`nothing was claimed for ${name}`);
        await start(store(), claimed.launchId, { agentId: agentId(name) });
        ids.push(claimed.launchId);
      }
      await decide(store(), { fwIds: fwIds(2) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(2) }));
      const checkpoint = { taskIndex: 3, storedData: userMap({ of: 3 }), updateSpec: new Map(), modSpec: [] };
      const news = [{}, {}, { checkpoint }, { token: token('wrong') }, {}];
      const told = await Promise.all([
        ...names.map((name, index) => {
          const pings = ids.slice(index, index + 1).map((id) => ping(id, news[index]));
          return store().heartbeat({ agentId: agentId(name), pings });
        }),
        store().heartbeat({ agentId: agentId('unknown'), pings: [] }),
      ]);
      expect(told.map((results) => results?.map((one) => one.standing) ?? null)).toEqual([
        ['own'],
        ['archived'],
        ['own'],
        ['not-yours'],
        ['own'],
        null,
      ]);
      const [first, , third] = await Promise.all(ids.map((id) => launch(store(), id)));
      expect(first?.history.at(-1)).not.toHaveProperty('checkpoint');
      expect(third?.history.at(-1)).toMatchObject({ state: 'RUNNING', checkpoint });
    });

    it('does not own a Launch that was taken over and started by another', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await register(store(), 'b');
      await claim(store(), { agentId: agentId('b'), fwId: fwId(1), leaseSeconds: 0 });
      await start(store(), id, { agentId: agentId('b'), token: token('of b') });
      expect(await beat(ping(id))).toEqual(['not-yours']);
    });
  });
}
