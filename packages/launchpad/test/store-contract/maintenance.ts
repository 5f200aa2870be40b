import { describe, expect, it } from '@jest/globals';
import type { FireworkToAdd, WorkflowToAdd } from '@skyrocket/launchpad/store/store';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { HistoryEntry, LaunchRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import type { CurrentStore } from './fresh-store.ts';
import { action, agentId, chain, fwIds, fworker, independent, newKey, userMap } from './samples.ts';
import { add, claim, claimed, complete, firework, launch, register, run, states, until } from './steps.ts';

const longAgo = timestamp(Date.UTC(2024, 1, 3, 4, 5, 6));

function pastLaunch(id: number, of: number, state: 'COMPLETED' | 'RUNNING'): LaunchRecord {
  const running: HistoryEntry = { state: 'RUNNING', createdOn: longAgo, updatedOn: longAgo };
  return {
    launchId: launchId(id),
    fwId: fwId(of),
    state,
    fworker: fworker({ name: 'far away' }),
    host: 'node7',
    ip: '10.0.0.7',
    launchDir: `/far/${id}`,
    trackers: [{ filename: 'out', nlines: 25, allowZipped: false, content: 'last line' }],
    action: state === 'COMPLETED' ? action({ storedData: userMap({ energy: -1.5 }) }) : null,
    history: state === 'COMPLETED' ? [running, { state, createdOn: longAgo }] : [running],
  };
}

function pastFirework(id: number, members: Partial<FireworkToAdd>): FireworkToAdd {
  return {
    fwId: fwId(id),
    name: `past ${id}`,
    spec: userMap({ _tasks: [], n: id }),
    state: 'WAITING',
    createdOn: longAgo,
    updatedOn: longAgo,
    launches: [],
    archivedLaunches: [],
    ...members,
  };
}

/** 11 is COMPLETED after it had to be run twice, 12 is READY, 13 waits. */
const past: WorkflowToAdd = {
  name: 'past',
  metadata: userMap({ tag: 't' }),
  fireworks: [
    pastFirework(11, {
      state: 'COMPLETED',
      launches: [pastLaunch(22, 11, 'COMPLETED')],
      archivedLaunches: [pastLaunch(21, 11, 'RUNNING')],
    }),
    pastFirework(12, { state: 'READY' }),
    pastFirework(13, {}),
  ],
  links: new Map([
    [fwId(11), fwIds(12)],
    [fwId(12), fwIds(13)],
    [fwId(13), []],
  ]),
  createdOn: longAgo,
  updatedOn: longAgo,
};

const source = { launchpad: 'another launchpad', nextFwId: 14, nextLaunchId: 23 };

export function maintenanceContract(store: CurrentStore): void {
  describe('an import', () => {
    it('into an empty launchpad keeps ids, states, moments and Launches', async () => {
      const { results } = await store().importWorkflows({ source, workflows: [past] });
      expect(results.map(({ outcome }) => outcome)).toEqual(['kept']);
      expect(await states(store())).toEqual({ 11: 'COMPLETED', 12: 'READY', 13: 'WAITING' });
      const { fireworks } = await store().findFireworks({ fwIds: fwIds(11), fields: 'all' });
      expect(fireworks).toEqual([
        {
          ...{ fwId: 11, name: 'past 11', state: 'COMPLETED', spec: past.fireworks[0]?.spec },
          ...{ createdOn: longAgo, updatedOn: longAgo, launches: [22], archivedLaunches: [21] },
          launchRecords: [pastLaunch(22, 11, 'COMPLETED')],
          archivedRecords: [pastLaunch(21, 11, 'RUNNING')],
        },
      ]);
      expect((await firework(store(), 12)).updatedOn).toBe(longAgo);
      const { workflows } = await store().findWorkflows({ fwIds: fwIds(12), fields: 'summary' });
      expect(workflows).toMatchObject([
        { name: 'past', state: 'RUNNING', metadata: past.metadata, createdOn: longAgo, updatedOn: longAgo },
      ]);
    });

    it('lets what is READY be claimed, with ids above those that came', async () => {
      await store().importWorkflows({ source, workflows: [past] });
      await register(store(), 'a');
      const answer = await claim(store());
      expect([claimed(answer), answer.claims[0]?.launchId]).toEqual([[12], 23]);
      expect([...(await add(store(), chain)).values()]).toEqual([14, 15, 16]);
    });

    it('lets what waits go on when its parent is done', async () => {
      await store().importWorkflows({ source, workflows: [past] });
      await complete(store(), 12);
      expect(await states(store())).toEqual({ 11: 'COMPLETED', 12: 'COMPLETED', 13: 'READY' });
    });

    it('changes nothing the second time, whatever became of it', async () => {
      await store().importWorkflows({ source, workflows: [past] });
      await complete(store(), 12);
      const before = await store().findFireworks({ fields: 'all' });
      const { results } = await store().importWorkflows({ source, workflows: [past] });
      expect(results).toEqual([{ outcome: 'known', idMap: new Map() }]);
      expect(await store().findFireworks({ fields: 'all' })).toEqual(before);
    });

    it('gives new ids where the launchpad has given ids of its own, and is done once too', async () => {
      await add(store(), chain);
      const { results } = await store().importWorkflows({ source, workflows: [past] });
      expect(results).toEqual([
        {
          outcome: 'mapped',
          idMap: new Map([
            [11, 4],
            [12, 5],
            [13, 6],
          ]),
        },
      ]);
      expect(await states(store())).toMatchObject({ 4: 'COMPLETED', 5: 'READY', 6: 'WAITING' });
      const { launches } = await firework(store(), 4);
      expect(await launch(store(), launches[0] ?? launchId(0))).toMatchObject({
        fwId: 4,
        launchDir: '/far/22',
      });
      const again = await store().importWorkflows({ source, workflows: [past] });
      expect(again.results.map(({ outcome }) => outcome)).toEqual(['known']);
      expect((await store().findFireworks({ fields: 'count' })).count).toBe(6);
    });

    it('keeps a Launch that Fireworks of two Workflows share, whichever of them comes first', async () => {
      const shared = pastLaunch(1, 1, 'COMPLETED');
      const likeOthers = userMap({ _tasks: [], _dupefinder: { _fw_name: 'DupeFinderExact' } });
      const one = (id: number): WorkflowToAdd => ({
        ...{ name: `of ${id}`, metadata: new Map(), links: new Map([[fwId(id), []]]) },
        fireworks: [pastFirework(id, { state: 'COMPLETED', launches: [shared], spec: likeOthers })],
      });
      const from = { ...source, nextFwId: 3, nextLaunchId: 2 };
      await store().importWorkflows({ source: from, workflows: [one(2), one(1)] });
      for (const id of [1, 2]) {
        const { fireworks } = await store().findFireworks({ fwIds: fwIds(id), fields: 'launches' });
        expect(fireworks[0]?.launchRecords).toEqual([shared]);
      }
      await store().deleteWorkflows({ key: newKey(), fwIds: fwIds(1) });
      expect(await store().findLaunches([launchId(1)])).toEqual([shared]);
    });

    it('brings back with its ids what was deleted in the launchpad from which it came', async () => {
      await add(store(), chain);
      const { uuid } = await store().identity();
      const one: WorkflowToAdd = {
        ...{ name: 'chain', metadata: new Map(), links: new Map([[fwId(1), []]]) },
        fireworks: [pastFirework(1, { state: 'READY' })],
      };
      const own = { launchpad: uuid, nextFwId: 4, nextLaunchId: 1 };
      for (const outcome of ['known', 'kept', 'known']) {
        if (outcome === 'kept') await store().deleteWorkflows({ key: newKey(), fwIds: fwIds(1) });
        const { results } = await store().importWorkflows({ source: own, workflows: [one] });
        expect(results.map((result) => result.outcome)).toEqual([outcome]);
      }
      expect(await states(store())).toEqual({ 1: 'READY' });
    });
  });

  describe('counts by period', () => {
    it('tell how many Fireworks, Workflows and Launches are in each state', async () => {
      await store().importWorkflows({ source, workflows: [past] });
      const since = longAgo;
      const count = async (collection: 'fws' | 'wflows' | 'launches') =>
        (await store().countByPeriod({ collection, period: 'hours', since })).counts;
      expect(await count('fws')).toEqual([
        { period: '2024-02-03T04', state: 'COMPLETED', count: 1 },
        { period: '2024-02-03T04', state: 'READY', count: 1 },
        { period: '2024-02-03T04', state: 'WAITING', count: 1 },
      ]);
      expect(await count('wflows')).toEqual([{ period: '2024-02-03T04', state: 'RUNNING', count: 1 }]);
      expect(await count('launches')).toEqual([{ period: '2024-02-03T04', state: 'COMPLETED', count: 1 }]);
    });

    it('leave out what is older, and what a filter does not let through', async () => {
      await store().importWorkflows({ source, workflows: [past] });
      await add(store(), independent(2));
      const recent = { period: 'years', since: timestamp(Date.UTC(2025, 0)) } as const;
      const { counts } = await store().countByPeriod({ ...recent, collection: 'fws' });
      expect(counts.map(({ state, count }) => [state, count])).toEqual([['READY', 2]]);
      const all = { collection: 'fws', period: 'years', since: longAgo } as const;
      const filter = userMap({ 'spec.n': { $gt: 11 } });
      expect((await store().countByPeriod({ ...all, filter })).counts).toEqual([
        { period: '2024', state: 'READY', count: 1 },
        { period: '2024', state: 'WAITING', count: 1 },
      ]);
      const host = userMap({ host: 'node8' });
      expect((await store().countByPeriod({ ...all, collection: 'launches', filter: host })).counts).toEqual(
        [],
      );
    });
  });

  describe('silent Launches', () => {
    it('are those of RUNNING Fireworks that were not heard of for so long', async () => {
      await add(store(), independent(2));
      const id = await run(store(), 1);
      expect(await store().findSilentLaunches({ silentSeconds: 3600 })).toEqual([]);
      await until(async () => (await store().findSilentLaunches({ silentSeconds: 0 })).length === 1);
      const [silent] = await store().findSilentLaunches({ silentSeconds: 0 });
      expect(silent).toMatchObject({ launchId: id, fwId: 1, agentId: agentId('a') });
    });

    it('are nobody’s when another launchpad started them', async () => {
      const running = pastFirework(1, { state: 'RUNNING', launches: [pastLaunch(1, 1, 'RUNNING')] });
      await store().importWorkflows({
        source: { launchpad: 'x', nextFwId: 2, nextLaunchId: 2 },
        workflows: [{ name: '', metadata: new Map(), fireworks: [running], links: new Map([[fwId(1), []]]) }],
      });
      expect(await store().findSilentLaunches({ silentSeconds: 14_400 })).toEqual([
        { launchId: 1, fwId: 1, startedOn: longAgo, heardOn: longAgo, agentId: null },
      ]);
    });
  });

  describe('stale reservations', () => {
    it('are those of RESERVED Fireworks that were made so long ago', async () => {
      await add(store(), independent(2));
      await register(store(), 'a');
      const [claimed] = (await claim(store(), { fwId: fwId(1) })).claims;
      await run(store(), 2);
      expect(await store().findStaleReservations({ olderThanSeconds: 3600 })).toEqual([]);
      const stale = () => store().findStaleReservations({ olderThanSeconds: 0 });
      await until(async () => (await stale()).length === 1);
      expect(await stale()).toEqual([{ launchId: claimed?.launchId, fwId: 1, agentId: agentId('a') }]);
    });

    it('are nobody’s when they were made for a job', async () => {
      await add(store(), independent(1));
      const submittedFrom = { host: 'login', ip: '10.0.0.9', launchDir: '/jobs' };
      const [reserved] = (await claim(store(), { agentId: null, submittedFrom })).claims;
      const stale = () => store().findStaleReservations({ olderThanSeconds: 0 });
      await until(async () => (await stale()).length === 1);
      expect(await stale()).toEqual([{ launchId: reserved?.launchId, fwId: 1, agentId: null }]);
    });
  });

  it('finds Fireworks that are RUNNING though their Launch has ended', async () => {
    const ended = pastFirework(1, { state: 'RUNNING', launches: [pastLaunch(1, 1, 'COMPLETED')] });
    await store().importWorkflows({
      source: { launchpad: 'x', nextFwId: 2, nextLaunchId: 2 },
      workflows: [{ name: '', metadata: new Map(), fireworks: [ended], links: new Map([[fwId(1), []]]) }],
    });
    expect(await store().findInconsistent()).toEqual([1]);
  });

  it('finds nothing wrong with what it wrote itself, also after a tuneup', async () => {
    await add(store(), chain);
    await complete(store(), 1);
    await store().tuneUp({ key: newKey(), extent: 'full' });
    expect((await store().inspect()).findings).toEqual([]);
    expect(await store().findOrphans()).toEqual([]);
    expect(await store().unlock({ key: newKey(), fwIds: fwIds(1) })).toEqual({ unlocked: [] });
  });
}
