import { describe, expect, it } from '@jest/globals';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { LaunchRecord } from '@skyrocket/model/records';
import { timestamp } from '@skyrocket/model/timestamp';
import { Float, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { CurrentStore } from './fresh-store.ts';
import { action, chain, diamond, fworker, independent, newKey, userMap, workflowToAdd } from './samples.ts';
import {
  add,
  claim,
  claimed,
  firework,
  launch,
  parentTally,
  register,
  states,
  workflowState,
} from './steps.ts';

export function addContract(store: CurrentStore): void {
  describe('adding Workflows', () => {
    it('draws ids from 1 in the order of the Fireworks, and tells which became which', async () => {
      const ids = await add(store(), { links: { [-7]: [-3], [-3]: [12] } });
      expect([...ids]).toEqual([
        [-7, 1],
        [-3, 2],
        [12, 3],
      ]);
    });

    it('goes on with the ids where the last Workflow ended, within a call and between calls', async () => {
      const workflows = [workflowToAdd(chain), workflowToAdd(diamond)];
      const { idMaps } = await store().addWorkflows({ key: newKey(), workflows });
      expect(idMaps.map((ids) => [...ids.values()])).toEqual([
        [1, 2, 3],
        [4, 5, 6, 7],
      ]);
      expect([...(await add(store(), chain)).values()]).toEqual([8, 9, 10]);
    });

    it('stores nothing when it is given nothing', async () => {
      expect(await store().addWorkflows({ key: newKey(), workflows: [] })).toEqual({ idMaps: [] });
      expect(await store().findWorkflows({ fields: 'count' })).toEqual({ count: 0, workflows: [] });
    });

    it('keeps name, links and the names and states of the Fireworks', async () => {
      await add(store(), diamond);
      const { workflows } = await store().findWorkflows({ fields: 'summary' });
      expect(workflows).toHaveLength(1);
      expect(workflows[0]).toMatchObject({
        name: 'diamond',
        nodes: [1, 2, 3, 4],
        links: new Map([
          [1, [2, 3]],
          [2, [4]],
          [3, [4]],
          [4, []],
        ]),
        names: new Map([1, 2, 3, 4].map((id) => [id, `firework ${id}`])),
        states: new Map([
          [1, 'READY'],
          [2, 'WAITING'],
          [3, 'WAITING'],
          [4, 'WAITING'],
        ]),
      });
    });

    it('gives a stored Firework no Launches', async () => {
      await add(store(), chain);
      expect(await firework(store(), 1)).toMatchObject({
        state: 'READY',
        launches: [],
        archivedLaunches: [],
      });
    });

    it('keeps user data to the last bit and in its order', async () => {
      const workflow = workflowToAdd({ specs: { 1: {} } });
      const spec = awkwardData();
      const fireworks = workflow.fireworks.map((one) => ({ ...one, spec: new Map([...one.spec, ...spec]) }));
      await store().addWorkflows({ key: newKey(), workflows: [{ ...workflow, metadata: spec, fireworks }] });
      const stored = await firework(store(), 1);
      expect([...stored.spec].slice(1)).toEqual([...spec]);
      const { workflows } = await store().findWorkflows({ fields: 'summary' });
      expect([...(workflows[0]?.metadata ?? [])]).toEqual([...spec]);
    });

    it('keeps names that only look like something else', async () => {
      const names = [
        '',
        'null',
        '1',
        '{"a": 1}',
        'naïve ☃ 𝒳',
        "it's; DROP TABLE fireworks",
        'two\nlines',
        'a\0b',
      ];
      const workflow = workflowToAdd(independent(names.length));
      const fireworks = workflow.fireworks.map((one, index) => ({ ...one, name: names[index] ?? '' }));
      const workflows = names.map((name) => ({ ...workflow, name, fireworks }));
      await store().addWorkflows({ key: newKey(), workflows });
      const found = await store().findWorkflows({ fields: 'summary' });
      expect(found.workflows.map(({ name }) => name)).toEqual(names);
      expect([...(found.workflows[0]?.names.values() ?? [])]).toEqual(names);
    });

    it('keeps the moments of a file', async () => {
      const createdOn = timestamp(Date.UTC(2024, 1, 29, 12, 0, 0, 123));
      const updatedOn = timestamp(Date.UTC(2024, 2, 1));
      const workflow = workflowToAdd(chain);
      const fireworks = workflow.fireworks.map((one) => ({ ...one, createdOn, updatedOn }));
      await store().addWorkflows({
        key: newKey(),
        workflows: [{ ...workflow, createdOn, updatedOn, fireworks }],
      });
      const { workflows } = await store().findWorkflows({ fields: 'summary' });
      expect(workflows[0]).toMatchObject({ createdOn, updatedOn });
      expect(await firework(store(), 1)).toMatchObject({ createdOn, updatedOn });
    });

    it('gives the present moment of the launchpad where the file has none', async () => {
      const before = Date.now();
      await add(store(), chain);
      const { workflows } = await store().findWorkflows({ fields: 'summary' });
      const { createdOn, updatedOn } = await firework(store(), 1);
      for (const moment of [createdOn, updatedOn, workflows[0]?.createdOn, workflows[0]?.updatedOn]) {
        expect(Math.abs(Date.parse(String(moment)) - before)).toBeLessThan(60_000);
      }
    });

    it('keeps states that a file gives below a root, and derives that of the Workflow', async () => {
      await add(store(), { links: { 1: [2, 3] }, states: { 2: 'PAUSED', 3: 'COMPLETED' } });
      expect(await states(store())).toEqual({ 1: 'READY', 2: 'PAUSED', 3: 'COMPLETED' });
      expect(await workflowState(store(), 1)).toBe('PAUSED');
    });

    it('counts parents that come COMPLETED or FIZZLED from a file', async () => {
      const links = { 1: [2, 3, 4], 2: [5], 3: [5], 4: [5] };
      await add(store(), { links, states: { 2: 'COMPLETED', 3: 'FIZZLED', 4: 'COMPLETED' } });
      expect(await parentTally(store(), 5)).toEqual({ total: 3, completed: 2, fizzled: 1 });
    });

    it('stores the Launches of a dumped file with new ids, and nobody may start them', async () => {
      await add(store(), chain);
      const workflow = workflowToAdd({ specs: { 1: {} } });
      const launches = [launchOfFile(77, 'COMPLETED')];
      const archivedLaunches = [launchOfFile(70, 'FIZZLED'), launchOfFile(71, 'READY')];
      const fireworks = workflow.fireworks.map((one) => ({ ...one, launches, archivedLaunches }));
      await store().addWorkflows({ key: newKey(), workflows: [{ ...workflow, fireworks }] });
      const stored = await firework(store(), 4);
      expect(stored.launches).toHaveLength(1);
      expect(stored.archivedLaunches).toHaveLength(2);
      expect(new Set([...stored.launches, ...stored.archivedLaunches])).toEqual(new Set([1, 2, 3]));
      const [active] = stored.launches;
      expect(await launch(store(), active ?? launchId(0))).toEqual({
        ...launchOfFile(77, 'COMPLETED'),
        launchId: active,
        fwId: 4,
      });
    });

    it('makes roots of a new Workflow claimable, and nothing else', async () => {
      await add(store(), diamond);
      await register(store(), 'a');
      expect(claimed(await claim(store(), { count: 10 }))).toEqual([1]);
    });
  });
}

/** Values that a plain JavaScript object, a JSON document or a float would change. */
function awkwardData(): UserMap {
  const inner: UserMap = new Map<string, UserValue>([
    ['10', 'integer-like keys'],
    ['9', 'stay in their order'],
    ['__proto__', 'is a key'],
    ['constructor', null],
  ]);
  return new Map<string, UserValue>([
    ['z', 1],
    ['a', new Float(1)],
    ['zero', new Float(-0)],
    ['large', 9007199254740993n],
    ['negative', -9007199254740993n],
    ['huge', new Float(1e300)],
    ['nan', Number.NaN],
    ['infinite', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['inner', inner],
    ['lists', [[], [inner], new Map()]],
    ['text', 'a\0b ☃ 𝒳 "quoted" \\ \n'],
    ['date', '20240101T101112'],
    ['no', false],
    ['', 'the empty key'],
  ]);
}

function launchOfFile(id: number, state: LaunchRecord['state']): LaunchRecord {
  const createdOn = timestamp(Date.UTC(2024, 0, 1));
  const checkpoint = {
    taskIndex: 1,
    storedData: userMap({ a: 1 }),
    updateSpec: userMap({ b: 2.5 }),
    modSpec: [userMap({ _push: { c: 3 } })],
  };
  return {
    launchId: launchId(id),
    fwId: fwId(-1),
    state,
    fworker: fworker({ name: 'from the file', category: ['x', 'y'], query: userMap({ 'spec.a': 1 }) }),
    host: 'node07',
    ip: '10.1.2.3',
    launchDir: '/scratch/from the file',
    trackers: [{ filename: 'log', nlines: 5, allowZipped: true, content: 'line' }],
    action: action({ storedData: userMap({ energy: -1.5 }) }),
    history: [
      { state: 'RESERVED', createdOn, updatedOn: createdOn, reservationId: '1001' },
      { state: 'RUNNING', createdOn, updatedOn: createdOn, checkpoint },
      { state, createdOn },
    ],
  };
}
