import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LaunchPad } from '@skyrocket/contract/launchpad';
import { SkyrocketError } from '@skyrocket/model/errors';
import { createStop } from '../src/stop.ts';
import { type WorkerSite, workerSite } from './worker-site.ts';

let site: WorkerSite;

beforeEach(async () => {
  site = await workerSite();
  const fireworks = Array.from({ length: 200 }, (_, i) => `{fw_id: ${i}, spec: {_tasks: []}}`);
  await site.add(`{fws: [${fireworks.join(', ')}], links: {}, metadata: {}}`);
});

afterEach(async () => {
  await site.end();
});

const countOf = async (state: string) => {
  const { count } = await site.launchpad.findFireworks({
    filter: new Map([['state', state]]),
    fields: 'count',
  });
  return count;
};

interface Meanwhile {
  /** A claim that is asked for while a start is; then both share a commit. */
  claim?: LaunchPad['claim'];
  /** A start beside such a claim. */
  start?: LaunchPad['start'];
}

/** The launchpad of the site, but for starts and claims that are asked for in one turn of the event loop. */
function launchpadWith({ claim = site.launchpad.claim, start = site.launchpad.start }: Meanwhile): LaunchPad {
  let isStarting = false;
  let claimsMeanwhile = false;
  return {
    ...site.launchpad,
    async start(request) {
      isStarting = true;
      claimsMeanwhile = false;
      await Promise.resolve();
      isStarting = false;
      return claimsMeanwhile ? start(request) : site.launchpad.start(request);
    },
    claim(request) {
      if (!isStarting) return site.launchpad.claim(request);
      claimsMeanwhile = true;
      return claim(request);
    },
  };
}

describe('a worker with many short Launches', () => {
  it('claims more in the moment in which it starts some, so that both share a commit', async () => {
    let meanwhile = 0;
    const launchpad = launchpadWith({
      claim(request) {
        meanwhile++;
        return site.launchpad.claim(request);
      },
    });
    expect(await site.runAll({ launchpad })).toMatchObject({ completed: 200 });
    expect(meanwhile).toBeGreaterThan(0);
    expect(await countOf('COMPLETED')).toBe(200);
  });

  it('gives back what it has started when such a claim is refused', async () => {
    const launchpad = launchpadWith({
      async claim() {
        throw new SkyrocketError('BAD_QUERY', 'the query of this worker is not understood');
      },
    });
    await expect(site.runAll({ launchpad })).rejects.toThrow('is not understood');
    expect((await countOf('READY')) + (await countOf('COMPLETED'))).toBe(200);
  });

  it('leaves nothing RESERVED when the start fails before such a claim is answered', async () => {
    const claimed: number[] = [];
    const launchpad = launchpadWith({
      async claim(request) {
        for (let turn = 0; turn < 10; turn++) await nextTurn();
        const answer = await site.launchpad.claim(request);
        claimed.push(answer.claims.length);
        return answer;
      },
      async start() {
        throw new SkyrocketError('NOT_FOUND', 'the launchpad was emptied');
      },
    });
    await expect(site.runAll({ launchpad })).rejects.toThrow('was emptied');
    expect(claimed).toEqual([expect.any(Number)]);
    expect((await countOf('READY')) + (await countOf('COMPLETED'))).toBe(200);
  });

  it('claims nothing more when it is told to stop while others are about to be started', async () => {
    const stop = createStop();
    let starts = 0;
    let claimsAfterwards = 0;
    const launchpad: LaunchPad = {
      ...site.launchpad,
      start(request) {
        if (++starts === 2) stop.ask('SIGINT');
        return site.launchpad.start(request);
      },
      claim(request) {
        if (stop.asked.aborted) claimsAfterwards++;
        return site.launchpad.claim(request);
      },
    };
    expect(await site.runAll({ launchpad }, {}, stop)).toMatchObject({ interruptedBy: 'SIGINT' });
    expect(claimsAfterwards).toBe(0);
    expect((await countOf('RESERVED')) + (await countOf('RUNNING'))).toBe(0);
  });
});
