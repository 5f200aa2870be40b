import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { countState } from '../cluster/batch-system.ts';
import { newSite, patiently, type Site, until } from '../programs/site.ts';

const mounted: string[] = [];
afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync('umount', ['--lazy', path]);
});

/** A user whose directory is a disk of its own, of one megabyte, with two Fireworks; the launchpad is on another disk. */
async function siteOnSmallDisk(script: (site: Site) => string): Promise<Site> {
  const site = newSite();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', site.directory]);
  mounted.push(site.directory);
  const tasks = [{ _fw_name: 'ScriptTask', script: script(site) }];
  const fws = [1, 2].map((fw_id) => ({ fw_id, spec: { _tasks: tasks } }));
  site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
  expect(await site.run('lpad', 'add', 'workflow.yaml')).toMatchObject({ code: 0 });
  return site;
}

/** In the directory above, which is not full. */
const ran = (site: Site): string[] => site.lines('../ran');

describe('a full disk, offline', () => {
  it(
    'is waited for: the results of a batch are written when there is room, and nothing runs twice',
    async () => {
      const site = await siteOnSmallDisk(
        ({ directory }) =>
          `echo ran >>${directory}/../ran; dd if=/dev/zero of=${directory}/filling bs=1k count=2000 || true`,
      );
      await site.run('lpad', 'offline', 'prepare', '2');
      const worker = site.start('rlaunch', 'rapidfire', '--offline');
      const filling = join(site.directory, 'filling');
      for (const count of [1, 2]) {
        await until(() => ran(site).length === count && existsSync(filling), 'it has filled the disk');
        await until(() => /no space left on device/.test(worker.log()), 'it says so');
        rmSync(filling);
      }
      expect(await worker.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('2 COMPLETED') });
      expect((await site.run('lpad', 'recover_offline')).stderr).toContain('2 job(s) recovered: [1, 2]');
      expect(ran(site)).toEqual(['ran', 'ran']);
    },
    patiently,
  );

  it(
    'keeps the login node from preparing a batch: what was reserved is READY again, and one sentence says why',
    async () => {
      const site = await siteOnSmallDisk(() => 'true');
      const filling = join(site.directory, 'filling');
      execFileSync('sh', ['-c', `dd if=/dev/zero of=${filling} bs=1k count=2000 2>/dev/null || true`]);
      const { code, stderr } = await site.run('lpad', 'offline', 'prepare', '2');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^lpad: .* cannot be written: ENOSPC.*\n$/)]);
      expect(await countState(site, 'READY')).toBe(2);
      rmSync(filling);
      expect((await site.run('lpad', 'recover_offline')).stderr).toContain('0 job(s) recovered');
      const again = await site.run('lpad', 'offline', 'prepare', '2');
      expect(again.stderr).toContain('2 Fireworks are reserved');
      expect((await site.run('rlaunch', 'rapidfire', '--offline')).stderr).toContain('2 COMPLETED');
      expect(readdirSync(site.directory).filter((name) => name.includes('.new-'))).toEqual([]);
    },
    patiently,
  );

  it(
    'keeps recover_offline from nothing, since it writes into the launchpad only',
    async () => {
      const site = await siteOnSmallDisk(() => 'true');
      await site.run('lpad', 'offline', 'prepare', '2');
      await site.run('rlaunch', 'rapidfire', '--offline');
      const left = execFileSync('df', ['--output=avail', '-B1', site.directory], { encoding: 'utf8' });
      writeFileSync(join(site.directory, 'filling'), Buffer.alloc(Number(left.split('\n')[1])));
      expect((await site.run('lpad', 'recover_offline')).stderr).toContain('2 job(s) recovered: [1, 2]');
    },
    patiently,
  );
});
