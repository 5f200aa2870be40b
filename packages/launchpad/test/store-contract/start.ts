import { describe, expect, it } from '@jest/globals';
import { pause } from '@skyrocket/model/decisions/pause';
import { rerun } from '@skyrocket/model/decisions/rerun';
import { fwId, launchId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agentId, chain, fwIds, fworker, independent, newKey, token } from './samples.ts';
import {
  add,
  claim,
  complete,
  decide,
  firework,
  launch,
  register,
  reserve,
  run,
  start,
  states,
  workflowState,
} from './steps.ts';

export function startContract(store: CurrentStore): void {
  describe('starting', () => {
    it('makes Firework, Launch and Workflow RUNNING, and tells when', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const result = await start(store(), id, { launchDir: '/launches/here' });
      expect(result).toMatchObject({ launchId: id, outcome: 'started' });
      expect(await states(store())).toEqual({ 1: 'RUNNING', 2: 'WAITING', 3: 'WAITING' });
      expect(await workflowState(store(), 1)).toBe('RUNNING');
      const { history, ...stored } = await launch(store(), id);
      expect(stored).toMatchObject({
        state: 'RUNNING',
        host: 'node01',
        ip: '10.0.0.2',
        launchDir: '/launches/here',
      });
      expect(history.map(({ state }) => state)).toEqual(['RESERVED', 'RUNNING']);
      expect(history[1]?.createdOn).toBe('at' in result ? result.at : null);
    });

    it('keeps which worker runs it', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const worker = fworker({ name: 'second', category: ['x'] });
      const place = { host: 'h', ip: 'i', starts: [{ launchId: id, token: token('t'), launchDir: '/d' }] };
      await store().start({ key: newKey(), agentId: agentId('a'), fworker: worker, ...place });
      expect((await launch(store(), id)).fworker).toEqual(worker);
    });

    it('starts each of several for itself', async () => {
      await add(store(), independent(3));
      await register(store(), 'a');
      await claim(store(), { count: 2 });
      const starts = [1, 9, 2].map((id) => ({
        launchId: launchId(id),
        token: token(`t${id}`),
        launchDir: '/d',
      }));
      const request = {
        key: newKey(),
        agentId: agentId('a'),
        fworker: fworker(),
        host: 'h',
        ip: 'i',
        starts,
      };
      const results = await store().start(request);
      expect(results.map((one) => [one.launchId, one.outcome])).toEqual([
        [1, 'started'],
        [9, 'refused'],
        [2, 'started'],
      ]);
      expect(await states(store())).toEqual({ 1: 'RUNNING', 2: 'RUNNING', 3: 'READY' });
    });

    it('starts a Launch that one call names several times once, for one of its tokens', async () => {
      await add(store(), independent(1));
      const id = await reserve(store(), 1);
      const starts = ['t', 'another', 't'].map((text) => ({
        ...{ launchId: id, token: token(text), launchDir: '/d' },
      }));
      const place = { agentId: agentId('a'), fworker: fworker(), host: 'h', ip: 'i' };
      const results = await store().start({ key: newKey(), ...place, starts });
      expect(results.map(({ outcome }) => outcome)).toEqual(['started', 'refused', 'started']);
      expect((await launch(store(), id)).history).toHaveLength(2);
      expect(await states(store())).toEqual({ 1: 'RUNNING' });
    });

    it('is told again when it is asked again with the same token', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const first = await start(store(), id);
      const again = await start(store(), id);
      expect(again).toEqual(first);
      expect((await launch(store(), id)).history).toHaveLength(2);
    });

    it('is not told again when the user reran the Firework since: there is nothing to run any more', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      await decide(store(), { fwIds: fwIds(1) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(1) }));
      expect(await start(store(), id)).toMatchObject({ outcome: 'refused' });
    });

    it('is refused with another token once it was started', async () => {
      await add(store(), chain);
      const id = await run(store(), 1);
      const result = await start(store(), id, { token: token('another') });
      expect(result).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/RUNNING/) });
    });

    it('is refused after the end, also with the same token', async () => {
      await add(store(), chain);
      const id = await complete(store(), 1);
      expect(await start(store(), id)).toMatchObject({ outcome: 'refused' });
      expect(await states(store())).toMatchObject({ 1: 'COMPLETED' });
    });

    it('is refused to another agent, and nothing changes', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await register(store(), 'b');
      expect(await start(store(), id, { agentId: agentId('b') })).toMatchObject({ outcome: 'refused' });
      expect(await states(store())).toMatchObject({ 1: 'RESERVED' });
      expect(await launch(store(), id)).toMatchObject({ state: 'RESERVED', host: 'host of a' });
    });

    it('is refused when the user reran the Firework meanwhile', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await decide(store(), { fwIds: fwIds(1) }, (view) => rerun(view.neighbourhood, { fwIds: fwIds(1) }));
      expect(await start(store(), id)).toMatchObject({ outcome: 'refused', reason: expect.any(String) });
      expect(await firework(store(), 1)).toMatchObject({
        state: 'READY',
        launches: [],
        archivedLaunches: [id],
      });
    });

    it('is refused when the user paused the Firework meanwhile', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await decide(store(), { fwIds: fwIds(1) }, (view) => pause(view.neighbourhood, { fwIds: fwIds(1) }));
      expect(await start(store(), id)).toMatchObject({ outcome: 'refused', reason: expect.any(String) });
      expect(await states(store())).toMatchObject({ 1: 'PAUSED' });
    });

    it('is refused when the Workflow was deleted meanwhile', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      await store().deleteWorkflows({ key: newKey(), fwIds: [fwId(1)] });
      expect(await start(store(), id)).toMatchObject({ outcome: 'refused', reason: expect.any(String) });
    });

    it('succeeds for one of two that start the same Launch at once', async () => {
      await add(store(), chain);
      const id = await reserve(store(), 1);
      const results = await Promise.all(['x', 'y'].map((text) => start(store(), id, { token: token(text) })));
      expect(results.map((one) => one.outcome).sort()).toEqual(['refused', 'started']);
    });
  });
}
