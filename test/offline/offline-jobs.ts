import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jobCommand, writeAdapter } from '../cluster/batch-system.ts';
import type { Site } from '../programs/site.ts';

/** The home of jobs that reach no launchpad: it stays empty. */
export const homeOfJobs = (site: Site) => join(site.directory, 'home-of-jobs');

/** Jobs of a chain that reach no launchpad: rlaunch has no network, and the whole job a home of its own. `before` is run first. */
export function writeOfflineAdapter(
  site: Site,
  type: string,
  before = '',
  more: Record<string, unknown> = {},
): void {
  mkdirSync(homeOfJobs(site), { recursive: true });
  const rlaunch = jobCommand(site, 'rlaunch', 'rapidfire', '--offline', '--walltime', '300');
  writeAdapter(site, type, {
    rocket_launch: `${before}unshare --net ${rlaunch}`,
    pre_rocket: `export HOME=${homeOfJobs(site)}`,
    ...more,
  });
}
