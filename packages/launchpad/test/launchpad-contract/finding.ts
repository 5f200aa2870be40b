import { describe, expect, it } from '@jest/globals';
import { fwId } from '@skyrocket/model/ids';
import {
  agent,
  chain,
  diamond,
  fwIds,
  independent,
  newKey,
  newWorkflow,
  userMap,
} from '../store-contract/samples.ts';
import type { CurrentLaunchPad } from './fresh-launchpad.ts';
import { add, complete, register, run, states } from './worker-steps.ts';

export function findingContract(launchpad: CurrentLaunchPad): void {
  describe('adding', () => {
    it('refuses a Workflow that can never run, and then stores none of the others either', async () => {
      const cyclic = newWorkflow({ links: { 1: [2], 2: [1] } });
      const request = { key: newKey(), workflows: [newWorkflow(chain), cyclic] };
      await expect(launchpad().addWorkflows(request)).rejects.toMatchObject({ code: 'BAD_WORKFLOW' });
      expect(await states(launchpad())).toEqual({});
    });

    it('takes a dumped Workflow with its states and Launches', async () => {
      await add(launchpad(), chain);
      const id = await complete(launchpad(), 1, { storedData: userMap({ x: 1 }) });
      const [launch] = (await launchpad().findLaunches({ launchIds: [id] })).launches;
      const workflow = newWorkflow({ ...chain, states: { 1: 'COMPLETED', 2: 'COMPLETED' } });
      const document = userMap({
        launch_id: id,
        fw_id: 1,
        state: 'COMPLETED',
        host: launch?.host,
        state_history: [{ state: 'COMPLETED', created_on: '2024-01-01T00:00:00' }],
      });
      const fireworks = workflow.fireworks.map((one) =>
        one.fwId === 2 ? { ...one, launches: [document] } : one,
      );
      await launchpad().addWorkflows({ key: newKey(), workflows: [{ ...workflow, fireworks }] });
      expect(await states(launchpad())).toMatchObject({ 4: 'READY', 5: 'COMPLETED', 6: 'WAITING' });
      const { fireworks: found } = await launchpad().findFireworks({ fwIds: fwIds(5), fields: 'all' });
      expect(found[0]?.launchRecords).toMatchObject([
        { launchId: 2, fwId: 5, state: 'COMPLETED', host: 'node01' },
      ]);
    });
  });

  describe('finding', () => {
    it('takes filters on Fireworks, their Launches and their Workflows, and all of them must hold', async () => {
      await add(launchpad(), { ...diamond, metadata: { project: 'x' }, specs: { 2: { n: 1 }, 3: { n: 2 } } });
      await add(launchpad(), { ...diamond, specs: { 2: { n: 1 } } });
      await complete(launchpad(), 1);
      await run(launchpad(), 2);
      const { fireworks } = await launchpad().findFireworks({
        filter: userMap({ 'spec.n': { $lt: 5 } }),
        launchFilter: userMap({ state: 'RUNNING' }),
        workflowFilter: userMap({ 'metadata.project': 'x' }),
        fields: 'ids',
      });
      expect(fireworks.map((one) => one.fwId)).toEqual([2]);
    });

    it.each([
      ['code', { $where: 'true' }],
      ['code deep inside', { $or: [{ a: 1 }, { $expr: { $function: {} } }] }],
      ['an operator that does not exist', { 'spec.x': { $greater: 1 } }],
    ])('refuses filters with %s, wherever they stand', async (_, plain) => {
      const filter = userMap(plain);
      const refused = { code: 'BAD_QUERY' };
      await expect(launchpad().findFireworks({ filter, fields: 'count' })).rejects.toMatchObject(refused);
      await expect(launchpad().findFireworks({ launchFilter: filter, fields: 'ids' })).rejects.toMatchObject(
        refused,
      );
      await expect(
        launchpad().findFireworks({ workflowFilter: filter, fields: 'ids' }),
      ).rejects.toMatchObject(refused);
      await expect(launchpad().findWorkflows({ filter, fields: 'ids' })).rejects.toMatchObject(refused);
    });

    it('dumps the whole Workflow of a Firework', async () => {
      await add(launchpad(), independent(1));
      await add(launchpad(), { ...chain, metadata: { a: 1 }, specs: { 2: { x: 1 } } });
      const id = await complete(launchpad(), 2, { storedData: userMap({ y: 2 }) });
      const { workflow, fireworks } = await launchpad().dumpWorkflow({ fwId: fwId(4) });
      expect(workflow).toMatchObject({ name: 'chain', nodes: [2, 3, 4], metadata: userMap({ a: 1 }) });
      expect(fireworks.map(({ fwId: of, state }) => [of, state])).toEqual([
        [2, 'COMPLETED'],
        [3, 'READY'],
        [4, 'WAITING'],
      ]);
      expect(fireworks[1]?.spec.get('x')).toBe(1);
      expect(fireworks[0]?.launchRecords).toMatchObject([
        { launchId: id, action: { storedData: userMap({ y: 2 }) } },
      ]);
    });

    it('says when there is no such Firework to dump', async () => {
      await expect(launchpad().dumpWorkflow({ fwId: fwId(9) })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  describe('deleting and emptying', () => {
    it('deletes whole Workflows, and names the directories that are left', async () => {
      await add(launchpad(), chain);
      const id = await run(launchpad(), 1);
      expect(await launchpad().deleteWorkflows({ key: newKey(), fwIds: fwIds(3) })).toEqual({
        fwIds: [1, 2, 3],
        launchIds: [id],
        launchDirs: [`/launches/${id}`],
      });
      expect(await states(launchpad())).toEqual({});
    });

    it('starts over with a reset', async () => {
      await add(launchpad(), chain);
      await register(launchpad(), 'a');
      const before = await launchpad().identity();
      await launchpad().reset({ key: newKey() });
      expect((await launchpad().identity()).uuid).not.toBe(before.uuid);
      expect(await add(launchpad(), independent(1))).toEqual([1]);
    });
  });

  describe('who a launchpad is', () => {
    it('stays the same from call to call', async () => {
      const identity = await launchpad().identity();
      expect(identity).toEqual({
        uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        kind: expect.any(String),
        location: expect.stringMatching(/./),
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      });
      expect(await launchpad().identity()).toEqual(identity);
    });

    it('is told to agents with the terms of their leases', async () => {
      const terms = await launchpad().registerAgent(agent('a'));
      expect(terms.launchpad).toEqual(await launchpad().identity());
      expect(terms.heartbeatSeconds).toBeLessThan(terms.leaseSeconds);
    });
  });
}
