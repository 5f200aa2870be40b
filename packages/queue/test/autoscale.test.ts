import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { timestamp } from '@skyrocket/model/timestamp';
import { chooseJobs, expectedSeconds, walltimeText } from '@skyrocket/queue/autoscale';
import fc from 'fast-check';
import { add, register, report, run } from '../../launchpad/test/launchpad-contract/worker-steps.ts';
import { fworker, independent } from '../../launchpad/test/store-contract/samples.ts';

const limits = { jobs: 10, shortestSeconds: 600, longestSeconds: 36_000 };
const equal = (count: number, seconds: number) => Array.from({ length: count }, () => seconds);

describe('the number and the length of jobs', () => {
  it('are one short job where there is little to do', () => {
    expect(chooseJobs(equal(3, 10), limits)).toEqual({ jobs: 1, seconds: 600 });
    expect(chooseJobs([], limits)).toEqual({ jobs: 1, seconds: 600 });
  });

  it('are as many jobs as the work needs, before they become longer', () => {
    expect(chooseJobs(equal(40, 60), limits)).toEqual({ jobs: 5, seconds: 600 });
    expect(chooseJobs(equal(400, 60), limits)).toEqual({ jobs: 10, seconds: 3000 });
  });

  it('let the longest Firework end', () => {
    expect(chooseJobs([...equal(3, 10), 8000], limits)).toEqual({ jobs: 2, seconds: 10_000 });
  });

  it('have no more jobs than Fireworks, and stay within the limits', () => {
    expect(chooseJobs(equal(2, 100_000), limits)).toEqual({ jobs: 2, seconds: 36_000 });
  });

  it('always hold the expected work, or all that the limits allow', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 50 });
    fc.assert(
      fc.property(seconds, (each) => {
        const choice = chooseJobs(each, limits);
        const work = each.reduce((sum, one) => sum + one, 0);
        const isAll = choice.seconds === limits.longestSeconds;
        expect(choice.jobs).toBeGreaterThanOrEqual(1);
        expect(choice.jobs).toBeLessThanOrEqual(limits.jobs);
        expect(choice.seconds).toBeGreaterThanOrEqual(limits.shortestSeconds);
        expect(choice.seconds).toBeLessThanOrEqual(limits.longestSeconds);
        expect(isAll || choice.jobs * choice.seconds >= work).toBe(true);
      }),
    );
  });

  it('are told to the batch system in whole minutes', () => {
    expect([60, 61, 3600, 90_000].map(walltimeText)).toEqual([
      '00:01:00',
      '00:02:00',
      '01:00:00',
      '25:00:00',
    ]);
  });
});

describe('how long a Firework may take', () => {
  it('is what those of its name took before, and a guess for one that has never run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'skyrocket-autoscale-'));
    const launchpad = await openEmbeddedLaunchPad({ file: join(folder, 'launchpad.db'), log: silentLog });
    try {
      await register(launchpad, 'a');
      await add(launchpad, independent(1));
      await report(launchpad, await run(launchpad, 1), { endedOn: timestamp(Date.now() + 300_000) });
      // Fireworks of these samples are named after their place in the Workflow.
      await add(launchpad, independent(2));
      const [known, unknown] = await expectedSeconds({ launchpad, fworker: fworker() }, 60);
      expect([Math.round(known ?? 0), unknown]).toEqual([300, 60]);
    } finally {
      await launchpad.close();
      rmSync(folder, { recursive: true });
    }
  });
});
