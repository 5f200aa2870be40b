import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type MongodProcess, startMongod } from '../../packages/launchpad/test/mongod-process.ts';
import { patiently, type Site } from '../programs/site.ts';
import { pythonOf } from '../python/skyrocket-side.ts';
import { addFireworks, countState, startedBatchSystem, whenInState, writeAdapter } from './batch-system.ts';

const slurm = startedBatchSystem('slurm');
const python = pythonOf('fireworks');
let mongod: MongodProcess;
let site: Site;
let database = 0;

beforeAll(async () => {
  mongod = await startMongod();
}, patiently);
afterAll(() => mongod.stop());

beforeEach(() => {
  site = slurm.site();
  const place = { host: '127.0.0.1', port: mongod.port, name: `reservations${++database}` };
  site.write('my_launchpad.yaml', JSON.stringify(place));
  fireworks('lpad', 'reset', '--password', new Date().toISOString().slice(0, 10));
});

/** A program of Python FireWorks. */
const programOf = (name: string) => join(python, '..', name);

function fireworks(program: string, ...words: string[]): string {
  const environment = { ...slurm.environment(), HOME: join(site.directory, '..', 'home'), TZ: 'UTC' };
  return execFileSync(programOf(program), words, { cwd: site.directory, env: environment, encoding: 'utf8' });
}

const configured = () => `-l ${join(site.directory, 'my_launchpad.yaml')}`;
const oursInJobs = () =>
  `${process.execPath} ${join(import.meta.dirname, '../../packages/cli/bin/rlaunch.js')} ${configured()} singleshot`;

/** Launches of the first Firework: their state and history, as Python tells them. */
function launchesOfFirst(): string {
  return fireworks('lpad', 'get_fws', '-i', '1', '-d', 'all');
}

describe('one database, Slurm, and two programs', () => {
  it(
    'lets rlaunch of Skyrocket start what qlaunch of FireWorks reserved',
    async () => {
      await addFireworks(site, 1);
      writeAdapter(site, 'SLURM', { rocket_launch: oursInJobs() });
      fireworks('qlaunch', '-r', 'singleshot');
      await whenInState(site, 'COMPLETED', 1);
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1');
      expect(stdout).toMatch(/^\d+\n$/);
      expect(launchesOfFirst()).toContain(`"reservation_id": "${stdout.trim()}"`);
      expect(site.lines('ran')).toEqual(['1']);
    },
    patiently,
  );

  it(
    'lets rlaunch of FireWorks start what qlaunch of Skyrocket reserved',
    async () => {
      await addFireworks(site, 1);
      writeAdapter(site, 'SLURM', { rocket_launch: `${programOf('rlaunch')} ${configured()} singleshot` });
      expect(await site.run('qlaunch', '-r', 'singleshot')).toMatchObject({ code: 0 });
      await whenInState(site, 'COMPLETED', 1);
      const { stdout } = await site.run('lpad', '-s', 'get_qids', '-i', '1');
      expect(fireworks('lpad', 'get_qids', '-i', '1')).toContain(stdout.trim());
      expect(launchesOfFirst()).toContain('"RESERVED"');
      expect(site.lines('ran')).toEqual(['1']);
    },
    patiently,
  );

  it(
    'lets each take back what the other reserved',
    async () => {
      await addFireworks(site, 2);
      const held = { directives: ['--hold'], rocket_launch: oursInJobs() };
      writeAdapter(site, 'SLURM', held);
      await site.run('qlaunch', '-r', 'singleshot', '-f', '1');
      const { stdout: ours } = await site.run('lpad', '-s', 'get_qids', '-i', '1');
      fireworks('lpad', 'cancel_qid', '--qid', ours.trim());
      expect(await countState(site, 'READY')).toBe(2);
      // A key that FireWorks does not know means nothing to it: its job is held by the option of sbatch.
      const file = site.write(
        'held.txt',
        '#!/bin/bash\n#SBATCH --hold\ncd $${launch_dir}\n$${rocket_launch}\n',
      );
      writeAdapter(site, 'SLURM', { ...held, _fw_template_file: file });
      fireworks('qlaunch', '-r', 'singleshot', '-f', '2');
      const { stdout: theirs } = await site.run('lpad', '-s', 'get_qids', '-i', '2');
      expect(await site.run('lpad', 'cancel_qid', '--qid', theirs.trim())).toMatchObject({ code: 0 });
      expect(await countState(site, 'READY')).toBe(2);
      expect(slurm.command('squeue', '-h', '-t', 'all', '-j', theirs.trim(), '-o', '%T')).toBe('CANCELLED\n');
    },
    patiently,
  );
});
