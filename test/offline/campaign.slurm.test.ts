import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { startedBatchSystem } from '../cluster/batch-system.ts';
import { addDiamonds, type Jobs, mostJobs } from '../cluster/campaign.ts';
import type { Site } from '../programs/site.ts';
import { homeOfJobs, writeOfflineAdapter } from './offline-jobs.ts';

const slurm = startedBatchSystem('slurm');
const execute = promisify(execFile);

/** Jobs of a site in each state, as squeue says. */
async function sample(site: Site): Promise<Jobs> {
  const env = { ...process.env, ...slurm.environment() };
  const { stdout } = await execute('squeue', ['-h', '-O', 'State:20,WorkDir:200'], { env });
  const states = stdout.split('\n').filter((line) => line.includes(site.directory));
  const count = (state: string) => states.filter((line) => line.startsWith(state)).length;
  return { running: count('RUNNING'), pending: count('PENDING'), areGone: states.length === 0 };
}

describe('a campaign of 500 Fireworks with dependencies and detours, through qlaunch infinite -m 4, whose jobs have no network', () => {
  it('runs each exactly once, with never more than 4 jobs running and 4 pending, and the chain goes by itself', async () => {
    const site = slurm.site();
    writeOfflineAdapter(site, 'SLURM');
    await addDiamonds(site, 100);
    // All that is connected: the login node, which recovers what jobs have done and prepares what they will do.
    const recovering = site.start('lpad', 'recover_offline', '--every', '1s');
    const chain = ['infinite', '-m', '4', '--name', 'campaign'];
    expect(await site.run('qlaunch', ...chain)).toMatchObject({ code: 0 });
    const most = await mostJobs(() => sample(site), 240);
    recovering.kill('SIGTERM');
    await recovering.ended;
    const lines = site.lines('ledger');
    expect([lines.length, new Set(lines).size]).toEqual([500, 500]);
    expect(await site.ask('get_fws', '-s', 'COMPLETED', '-d', 'count')).toBe(500);
    expect(Math.max(most.running, most.pending)).toBeLessThanOrEqual(4);
    expect(Math.min(most.running, most.pending)).toBeGreaterThan(1);
    expect((await site.run('qlaunch', '-s', 'chains')).stdout).toMatch(/^campaign: over; 4 slots/);
    expect(readdirSync(homeOfJobs(site))).toEqual([]);
  }, 400_000);
});
