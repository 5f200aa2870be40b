import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  addFireworks,
  countState,
  jobCommand,
  startedBatchSystem,
  whenInState,
  writeAdapter,
} from '../cluster/batch-system.ts';
import { patiently, type Site, until } from '../programs/site.ts';

const slurm = startedBatchSystem('slurm');

/** A site whose jobs reach no launchpad: rlaunch has no network, and the job has a home of its own, which stays empty. */
function offlineSite(before = ''): Site {
  const site = slurm.site();
  mkdirSync(homeOfJobs(site));
  const rlaunch = jobCommand(site, 'rlaunch', 'rapidfire', '--offline', '--walltime', '300');
  writeAdapter(site, 'SLURM', {
    rocket_launch: `${before}unshare --net ${rlaunch}`,
    pre_rocket: `export HOME=${homeOfJobs(site)}`,
  });
  return site;
}

const homeOfJobs = (site: Site) => join(site.directory, 'home-of-jobs');

/** One whose jobs begin their work when there is a file `go`. */
const heldSite = () => offlineSite('while [ ! -e ../../../go ]; do sleep 0.1; done; ');

/** Ids of the jobs of a site that have not ended. */
function queued(site: Site, state: 'RUNNING' | 'PENDING'): string[] {
  const lines = slurm.command('squeue', '-h', '-O', 'JobID:20,State:20,WorkDir:200').split('\n');
  const jobs = lines.map((line) => line.trim().split(/\s+/));
  return jobs.flatMap(([id = '', now, dir]) =>
    now === state && dir?.startsWith(site.directory) ? [id] : [],
  );
}

const jobsOf = (site: Site) => [...queued(site, 'RUNNING'), ...queued(site, 'PENDING')];

const chainsOf = async (site: Site) => (await site.run('qlaunch', '-s', 'chains')).stdout;

/** What is offered to jobs, or was taken by them. */
function batches(site: Site, place: 'offered' | 'taken'): string[] {
  try {
    return readdirSync(join(site.directory, 'chain_c', place));
  } catch {
    return [];
  }
}

const infinite = (site: Site, ...words: string[]) => site.run('qlaunch', 'infinite', ...words, '--name', 'c');

describe('qlaunch infinite whose jobs run without the launchpad', () => {
  it(
    'keeps M jobs running and M pending, which run what the login node prepares, until nothing is left',
    async () => {
      const site = offlineSite();
      await addFireworks(site, 12);
      const recovering = site.start('lpad', 'recover_offline', '--every', '1s');
      expect(await infinite(site, '-m', '2', '--batch', '3')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 12);
      await until(() => jobsOf(site).length === 0, 'the jobs are gone');
      recovering.kill('SIGTERM');
      await recovering.ended;
      expect(site.lines('ran')).toHaveLength(12);
      expect(await chainsOf(site)).toBe(
        `c: over; 2 slots; running: none; pending: none; without the launchpad, in ${site.directory}/chain_c\n`,
      );
      expect(readdirSync(homeOfJobs(site))).toEqual([]);
      expect([batches(site, 'offered'), batches(site, 'taken')]).toEqual([[], []]);
    },
    patiently,
  );
});
