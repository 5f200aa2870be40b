// Jobs that are submitted to a real Slurm by qlaunch, beside sbatch in a loop of the shell. The jobs are held: none of them runs.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { alternate, seconds } from './rounds.mjs';
import { inSite } from './site.mjs';
import { runWithSlurm, whileSlurm, writeAdapter } from './slurm-site.mjs';
import { loose, toText } from './workflows.mjs';

const jobs = 200;
const rounds = 5;
const held = { directives: ['--hold'] };

export function submissions() {
  return whileSlurm(async ({ command }) => {
    const emptied = async (rate) => {
      const value = await rate;
      command('scancel', '--user=root', '--quiet');
      return value;
    };
    const rates = await alternate(rounds, {
      sbatch_per_second: () => emptied(rateOfLoop()),
      qlaunch_reserved_per_second: () => emptied(rateOfQlaunch('-r')),
      qlaunch_array_per_second: () => emptied(rateOfQlaunch()),
    });
    return { ...rates, qlaunch_over_sbatch: rates.qlaunch_reserved_per_second / rates.sbatch_per_second };
  });
}

function rateOfLoop() {
  return inSite(async (site) => {
    site.write('job.sh', '#!/bin/bash\ntrue\n');
    const loop = `for i in $(seq ${jobs}); do sbatch --hold job.sh >/dev/null; done`;
    const run = async () => execFileSync('bash', ['-c', loop], { cwd: site.directory });
    return jobs / (await seconds(run));
  });
}

/** With -r each job gets a Firework, by the launchpad, a directory and a script of its own; without it all are one array. */
function rateOfQlaunch(...mode) {
  return inSite(async (site) => {
    writeAdapter(site, ['rlaunch', 'singleshot'], held);
    const task = { _fw_name: 'ScriptTask', script: 'true' };
    await site.run('lpad', 'add', site.write('jobs.json', toText(loose(jobs, task), 'json')));
    const limits = ['--launch_dir', join(site.directory), ...mode, 'rapidfire', '--nlaunches', String(jobs)];
    return jobs / (await seconds(() => runWithSlurm(site, 'qlaunch', '-s', ...limits)));
  });
}
