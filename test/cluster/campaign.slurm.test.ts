import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Site } from '../programs/site.ts';
import { jobCommand, startedBatchSystem, writeAdapter } from './batch-system.ts';
import { addDiamonds, type Jobs, mostJobs } from './campaign.ts';
import { siteOverHttp } from './site-over-http.ts';

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

describe('a campaign of 500 Fireworks with dependencies and detours, through qlaunch infinite -m 4 over HTTP', () => {
  it('runs each exactly once, with never more than 4 jobs running and 4 pending, and the chain goes by itself', async () => {
    const { site } = await siteOverHttp(slurm);
    const limits = ['--nlaunches', '30', '--max_loops', '2', '--sleep', '1'];
    const drain = jobCommand(site, 'rlaunch', '-c', site.directory, 'rapidfire', ...limits);
    writeAdapter(site, 'SLURM', { rocket_launch: drain });
    await addDiamonds(site, 100);
    const chain = ['infinite', '-m', '4', '--name', 'campaign'];
    expect(await site.run('qlaunch', ...chain)).toMatchObject({ code: 0 });
    const most = await mostJobs(() => sample(site), 240);
    const lines = site.lines('ledger');
    expect([lines.length, new Set(lines).size]).toEqual([500, 500]);
    const count = async (state: string) =>
      Number((await site.run('lpad', '-s', 'get_fws', '-s', state, '-d', 'count')).stdout);
    expect(await count('COMPLETED')).toBe(500);
    expect([most.running, most.pending].every((jobs) => jobs > 1 && jobs <= 4)).toBe(true);
    expect((await site.run('qlaunch', '-s', 'chains')).stdout).toMatch(/^campaign: over; 4 slots/);
  }, 400_000);
});
