import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  writeAdapter,
} from '../cluster/batch-system.ts';
import { newSite, patiently, type Site, until } from '../programs/site.ts';

const slurm = startedBatchSystem('slurm');

/** Jobs in it have no network, and so no launchpad. */
function offlineSite(): Site {
  const site = newSite(slurm.environment());
  const command = `unshare --net ${jobCommand(site, 'rlaunch', 'singleshot', '--offline', '--walltime', '300')}`;
  writeAdapter(site, 'SLURM', { rocket_launch: command, walltime: '00:05:00' });
  return site;
}

const launchers = (site: Site): string[] =>
  readdirSync(site.directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => /launcher_[^/]+$/.test(path))
    .map((path) => join(site.directory, path));

const hasEnded = (dir: string) =>
  existsSync(join(dir, 'FW_offline.json')) &&
  readFileSync(join(dir, 'FW_offline.json'), 'utf8').includes('completed_on');

describe('qlaunch -r with rlaunch singleshot --offline', () => {
  it(
    'runs Fireworks in jobs without a network, and recover_offline tells what they did',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 3);
      expect(await site.run('qlaunch', '-r', 'rapidfire')).toMatchObject({ code: 0 });
      expect(await countState(site, 'RESERVED')).toBe(3);
      await until(() => launchers(site).filter(hasEnded).length === 3, 'the jobs have ended');
      expect(site.lines('ran').sort()).toEqual(['1', '2', '3']);
      const { code, stderr } = await site.run('lpad', 'recover_offline');
      expect([code, stderr]).toEqual([0, expect.stringContaining('3 job(s) recovered: [1, 2, 3]')]);
      expect(await countState(site, 'COMPLETED')).toBe(3);
    },
    patiently,
  );

  it(
    'leaves nothing behind when the batch system refuses the job',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 1);
      writeAdapter(site, 'SLURM', {
        rocket_launch: 'rlaunch singleshot --offline',
        queue: 'no-such-partition',
      });
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: 1 });
      expect(await countState(site, 'READY')).toBe(1);
      const { stderr } = await site.run('lpad', 'recover_offline');
      expect(stderr).toContain('0 job(s) recovered');
      expect(stderr).not.toContain('FAILED');
    },
    patiently,
  );

  it(
    'needs reservation mode',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 1);
      const { code, stderr } = await site.run('qlaunch', 'singleshot');
      expect([code, stderr]).toEqual([2, expect.stringContaining('jobs with --offline need -r/--reserve')]);
    },
    patiently,
  );
});
