import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { newSite, patiently, type Site, until } from '../programs/site.ts';
import { keptUp } from './batch-system.ts';

/** qlaunch on another host, by a real sshd. What it is there told is written down by a program in its place. */

const program = join(import.meta.dirname, '..', '..', 'scripts', 'sshd');
const state = mkdtempSync(join(tmpdir(), 'sky-'));

keptUp(program, state, () => {});

/**
 * A user whose `ssh` knows the host `login`, where `qlaunch` writes its directory and its words into the file `told`, and ends
 * with the exit code in the file `code`.
 */
function remoteSite(): Site & { there: string } {
  const site = newSite();
  const there = join(site.directory, 'there');
  mkdirSync(there);
  const home = join(site.directory, '..', 'home');
  mkdirSync(join(home, '.ssh'));
  // ssh reads the configuration of the user's account, not of $HOME: it is named in its place.
  for (const name of ['ssh', 'scp']) {
    const path = site.write(
      `bin/${name}`,
      `#!/bin/sh\nexec /usr/bin/${name} -F ${join(state, 'client')} "$@"\n`,
    );
    chmodSync(path, 0o755);
  }
  const qlaunch = site.write(
    'bin-there/qlaunch',
    `#!/bin/sh\nprintf '%s|%s\\n' "$PWD" "$*" >>${there}/told\nexit "$(cat ${there}/code 2>/dev/null || echo 0)"\n`,
  );
  chmodSync(qlaunch, 0o755);
  return { ...site, there };
}

/** The words of a qlaunch that has the ssh of the site first in PATH; there, the stand-in is first. */
function remoteWords(site: Site, words: readonly string[]): string[] {
  const shell = `env PATH=${join(site.directory, 'bin-there')}:/usr/bin:/bin /bin/bash -c`;
  return [join(import.meta.dirname, '../../packages/cli/bin/qlaunch.js'), '-rsh', shell, ...words];
}

const remoteOptions = (site: Site) => ({
  cwd: site.directory,
  env: {
    PATH: `${join(site.directory, 'bin')}:${process.env.PATH}`,
    HOME: join(site.directory, '..', 'home'),
  },
  stdio: ['ignore' as const, 'pipe' as const, 'pipe' as const],
  encoding: 'utf8' as const,
});

function qlaunch(site: Site, ...words: string[]): { code: number; stderr: string } {
  try {
    execFileSync(process.execPath, remoteWords(site, words), remoteOptions(site));
    return { code: 0, stderr: '' };
  } catch (error) {
    const { status, stderr } = Object(error);
    return { code: Number(status), stderr: String(stderr) };
  }
}

describe('qlaunch on remote hosts', () => {
  it(
    'runs there, in the directory that is named, with the options of the command',
    () => {
      const site = remoteSite();
      const where = ['-rh', 'login', '-rc', site.there];
      expect(
        qlaunch(site, '-r', ...where, '-s', 'rapidfire', '-m', '5', '--nlaunches', '3', '--sleep', '7').code,
      ).toBe(0);
      expect(readFileSync(join(site.there, 'told'), 'utf8')).toBe(
        `${site.there}|--reserve rapidfire --maxjobs_queue 5 --maxjobs_block 500 --nlaunches 3 --sleep 7\n`,
      );
    },
    patiently,
  );

  it(
    'runs in each directory of each host, and tells how those that fail end',
    () => {
      const site = remoteSite();
      site.write('there/code', '3');
      const other = join(site.directory, 'it is other');
      mkdirSync(other);
      const { code, stderr } = qlaunch(site, '-rh', 'login', '-rc', site.there, other, '-s', 'singleshot');
      expect([code, stderr]).toEqual([3, '']);
      const lines = readFileSync(join(site.there, 'told'), 'utf8').trim().split('\n');
      expect(lines).toEqual([`${site.there}|singleshot`, `${other}|singleshot`]);
    },
    patiently,
  );

  it(
    'submits there what was asked for here: the Firework that is named, in the mode that is named, or nothing with --dry-run',
    () => {
      const site = remoteSite();
      const where = ['-rh', 'login', '-rc', site.there];
      qlaunch(site, '-r', ...where, '-s', 'singleshot', '-f', '7');
      qlaunch(site, '-fm', ...where, '-s', 'singleshot');
      qlaunch(site, '--dry-run', ...where, '-s', 'rapidfire', '--timeout', '9');
      const told = readFileSync(join(site.there, 'told'), 'utf8').trim().split('\n');
      expect(told.map((line) => line.split('|')[1])).toEqual([
        '--reserve singleshot --fw_id 7',
        '--fill_mode singleshot',
        '--dry-run rapidfire --maxjobs_queue 0 --maxjobs_block 500 --nlaunches 0 --timeout 9',
      ]);
    },
    patiently,
  );

  it(
    'runs there again and again with -d, also after a failure, until it is told to end',
    async () => {
      const site = remoteSite();
      site.write('there/code', '1');
      const words = ['-d', '1', '-rh', 'login', '-rc', site.there, '-s', 'singleshot'];
      const running = spawn(process.execPath, remoteWords(site, words), remoteOptions(site));
      const ended = new Promise((resolve) => running.once('exit', resolve));
      await until(() => site.lines('there/told').length > 1, 'it ran twice');
      running.kill('SIGTERM');
      expect(await ended).toBe(143);
    },
    patiently,
  );

  it(
    'copies the configuration there first, if it is told to',
    () => {
      const site = remoteSite();
      site.write('config/my_qadapter.yaml', '_fw_q_type: SLURM\n');
      const target = join(site.there, 'made');
      expect(
        qlaunch(site, '-c', 'config', '-rs', '-rh', 'login', '-rc', target, '-s', 'singleshot').code,
      ).toBe(0);
      expect(readFileSync(join(target, 'my_qadapter.yaml'), 'utf8')).toBe('_fw_q_type: SLURM\n');
    },
    patiently,
  );

  it(
    'tells that a host cannot be reached, with the exit code of ssh',
    () => {
      const site = remoteSite();
      const { code, stderr } = qlaunch(site, '-rh', 'nowhere.invalid', '-s', 'singleshot');
      expect([code, stderr]).toEqual([255, expect.stringContaining('nowhere.invalid')]);
    },
    patiently,
  );

  it(
    'takes no password, and no option in the place of a host',
    () => {
      const site = remoteSite();
      const password = qlaunch(site, '-rh', 'login', '-rp', 'secret', '-s', 'singleshot');
      expect([password.code, password.stderr]).toEqual([2, expect.stringContaining('log in with a key')]);
      expect(password.stderr).not.toContain('secret');
    },
    patiently,
  );
});
