import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { silentLog } from '@skyrocket/contract/log';
import { openEmbeddedLaunchPad } from '@skyrocket/launchpad/open-embedded';
import { countState, startedBatchSystem } from '../cluster/batch-system.ts';
import { newSite, patiently, type Site } from '../programs/site.ts';
import { prepareRun } from './prepared-runs.ts';

const slurm = startedBatchSystem('slurm');
const root = join(import.meta.dirname, '..', '..');

/** Makes the archive, and unpacks it where a cluster would have it. */
function unpacked(site: Site): string {
  const archive = join(site.directory, 'skyrocket.tar.gz');
  execFileSync(join(root, 'scripts', 'package'), [archive], { stdio: ['ignore', 'ignore', 'inherit'] });
  const software = join(site.directory, 'software');
  mkdirSync(software);
  execFileSync('tar', ['--extract', '--strip-components=1', `--file=${archive}`, `--directory=${software}`]);
  return join(software, 'bin');
}

describe('the archive for clusters, in a job of Slurm whose network is cut off', () => {
  it(
    'runs a batch of Fireworks side by side, and their results are found on the login node',
    async () => {
      const site = newSite(slurm.environment());
      const bin = unpacked(site);
      // No address answers, not even of this host: the route to it is gone too.
      const script = 'cat /proc/net/dev | grep -c : ; node -p 6*7';
      const fws = [1, 2, 3, 4].map((id) => ({
        ...{ fw_id: id, name: `offline ${id}` },
        spec: {
          _tasks: [{ _fw_name: 'ScriptTask', script, store_stdout: true }],
          _resources: { cores: 1 },
        },
      }));
      site.write('workflow.yaml', JSON.stringify({ fws, links: {}, metadata: {} }));
      await site.run('lpad', 'add', 'workflow.yaml');
      const launchpad = await openEmbeddedLaunchPad({ file: site.database, log: silentLog });
      const job = join(site.directory, 'job');
      for (const id of [1, 2, 3, 4]) await prepareRun(launchpad, id, join(job, `launch-${id}`));
      await launchpad.close();

      const line = `exec unshare --net ${bin}/rlaunch rapidfire --offline >rlaunch.log 2>&1`;
      const submit = site.write('job.sh', `#!/bin/bash\n${line}\n`);
      const where = [`--chdir=${job}`, '--output=/dev/null', '--cpus-per-task=2', '--time=5'];
      slurm.command('sbatch', '--wait', ...where, submit);
      expect(site.lines('job/rlaunch.log').join('\n')).toContain('4 Fireworks ran: 4 COMPLETED');

      expect(await countState(site, 'RESERVED')).toBe(4);
      const { stderr } = await site.run('lpad', 'recover_offline');
      expect(stderr).toContain('4 job(s) recovered: [1, 2, 3, 4]');
      expect(await countState(site, 'COMPLETED')).toBe(4);
      const { stdout } = await site.run('lpad', '-s', 'get_fws', '-i', '1', '-d', 'all');
      expect(stdout).toContain('1\\n42\\n');
    },
    patiently,
  );
});
