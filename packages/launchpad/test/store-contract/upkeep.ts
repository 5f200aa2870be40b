import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { thisProcess } from '@skyrocket/launchpad/store/holder-process';
import { fwId } from '@skyrocket/model/ids';
import type { CurrentStore } from './fresh-store.ts';
import { agentId, chain, newKey, workflowToAdd } from './samples.ts';
import { add, register, run, until } from './steps.ts';

export function upkeepContract(store: CurrentStore): void {
  describe('the right to do upkeep', () => {
    const take = (holder: string, seconds = 600, process = thisProcess()) =>
      store().takeUpkeep({ holder, process, seconds });

    it('is held by one at a time', async () => {
      expect(await take('a')).toBe(true);
      expect(await take('b')).toBe(false);
    });

    it('may be renewed by its holder', async () => {
      await take('a');
      expect(await take('a')).toBe(true);
      expect(await take('b')).toBe(false);
    });

    it('goes to the next when it is given back', async () => {
      await take('a');
      await store().leaveUpkeep('a');
      expect(await take('b')).toBe(true);
    });

    it('is not given back by somebody else', async () => {
      await take('a');
      await store().leaveUpkeep('b');
      expect(await take('b')).toBe(false);
    });

    it('ends with its time', async () => {
      await take('a', 0.02);
      await until(() => take('b'));
      expect(await take('a')).toBe(false);
    });

    it('is free when its holder was killed, as far as that is known here', async () => {
      const { processStart } = thisProcess();
      const killed = { host: hostname(), pid: 2 ** 22 + 1, processStart };
      await take('a', 600, { ...killed, host: 'elsewhere' });
      expect(await take('b')).toBe(false);
      await store().leaveUpkeep('a');
      await take('a', 600, killed);
      expect(await take('b')).toBe(true);
      expect(await take('c')).toBe(false);
    });

    it('goes to one of many who ask at once', async () => {
      const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((holder) => take(holder)));
      expect(answers.filter((mine) => mine)).toHaveLength(1);
    });
  });

  describe('how long the launchpad has been watched', () => {
    it('is nothing at first', async () => {
      expect(await store().watch({ maxGapSeconds: 600 })).toEqual({ watchedSeconds: 0 });
    });

    it('grows while somebody looks', async () => {
      await store().watch({ maxGapSeconds: 600 });
      await until(async () => (await store().watch({ maxGapSeconds: 600 })).watchedSeconds > 0.05);
    });

    it('begins again after a gap', async () => {
      await store().watch({ maxGapSeconds: 600 });
      await until(async () => (await store().watch({ maxGapSeconds: 600 })).watchedSeconds > 0.05);
      await until(async () => (await store().watch({ maxGapSeconds: 0 })).watchedSeconds === 0);
    });
  });

  describe('workers that cannot import a task', () => {
    const fail = (worker: string, { task = '{{my.Task}}', id = 1 } = {}) =>
      store().noteImportFailure({ fwId: fwId(id), task, worker });

    it('are counted, each once', async () => {
      await add(store(), chain);
      expect([await fail('a'), await fail('b'), await fail('a'), await fail('c')]).toEqual([1, 2, 2, 3]);
    });

    it('are counted for each task and each Firework', async () => {
      await add(store(), chain);
      await fail('a');
      expect(await fail('b', { task: '{{my.Other}}' })).toBe(1);
      expect(await fail('b', { id: 2 })).toBe(1);
      expect(await fail('b')).toBe(2);
    });
  });

  describe('pruning', () => {
    it('forgets keys of the distant past: what is repeated then is done again', async () => {
      const request = { key: newKey(), workflows: [workflowToAdd(chain)] };
      await store().addWorkflows(request);
      await store().prune({ olderThanSeconds: 600 });
      expect((await store().addWorkflows(request)).idMaps[0]?.get(fwId(1))).toBe(1);
      await until(async () => {
        await store().prune({ olderThanSeconds: 0 });
        return (await store().addWorkflows(request)).idMaps[0]?.get(fwId(1)) === 4;
      });
    });

    it('forgets agents that have been silent for long, but for those that hold Launches', async () => {
      await add(store(), chain);
      await run(store(), 1);
      await register(store(), 'b');
      await store().prune({ olderThanSeconds: 600 });
      expect(await store().findAgents()).toHaveLength(2);
      await until(async () => {
        await store().prune({ olderThanSeconds: 0 });
        return (await store().findAgent(agentId('b'))) === null;
      });
      expect((await store().findAgents()).map((one) => one.agentId)).toEqual(['a']);
    });
  });

  describe('what a crash left half done', () => {
    it('is nothing where nothing crashed', async () => {
      await add(store(), chain);
      await run(store(), 1);
      expect(await store().unfinished()).toEqual([]);
    });
  });
}
