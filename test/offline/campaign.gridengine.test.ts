import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startedBatchSystem } from '../cluster/batch-system.ts';
import { addDiamonds, type Jobs, mostJobs } from '../cluster/campaign.ts';
import { homeOfJobs, writeOfflineAdapter } from './offline-jobs.ts';

const gridEngine = startedBatchSystem('gridengine');
const execute = promisify(execFile);

/** Jobs in each state, as qstat says; there are those of one site only. */
async function sample(): Promise<Jobs> {
  const { stdout } = await execute('qstat', { env: { ...process.env, ...gridEngine.environment() } });
  const states = stdout
    .split('\n')
    .flatMap((line) => /^\s*\d+\s+\S+\s+\S+\s+\S+\s+(\w+)/.exec(line)?.[1] ?? []);
  const pending = states.filter((state) => state.includes('q')).length;
  return { running: states.length - pending, pending, areGone: states.length === 0 };
}

describe('a campaign with dependencies and detours on Grid Engine, through qlaunch infinite -m 2, whose jobs have no network', () => {
  it('runs each Firework exactly once, with never more than 2 jobs running and 2 pending, and the chain goes by itself', async () => {
    const site = gridEngine.site();
    writeOfflineAdapter(site, 'SGE');
    await addDiamonds(site, 8);
    const recovering = site.start('lpad', 'recover_offline', '--every', '1s');
    expect(await site.run('qlaunch', 'infinite', '-m', '2', '--name', 'campaign')).toMatchObject({ code: 0 });
    const most = await mostJobs(sample, 180);
    recovering.kill('SIGTERM');
    await recovering.ended;
    const lines = site.lines('ledger');
    expect([lines.length, new Set(lines).size]).toEqual([40, 40]);
    expect(await site.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(40);
    expect(Math.max(most.running, most.pending)).toBeLessThanOrEqual(2);
    expect((await site.run('qlaunch', '-s', 'chains')).stdout).toMatch(/^campaign: over; 2 slots/);
    expect(readdirSync(homeOfJobs(site))).toEqual([]);
  }, 300_000);
});
