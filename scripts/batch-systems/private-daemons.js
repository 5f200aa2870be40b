// What scripts/slurm and scripts/gridengine have in common: installing Debian's packages, free ports, and daemons that
// belong to one folder. A daemon is known by a variable of its environment that names that folder, and by its program's
// name, never by a number that was written down: such a number may belong to a stranger by now.

import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Something the caller is told in one sentence; the exit code is 1. */
export class Failure extends Error {
  exitCode = 1;
}

/** The batch system is neither here nor can it be installed: whoever wants to test with it skips those tests. */
export class NotInstallable extends Failure {
  exitCode = 3;
}

/** Runs a script's command, and turns failures into a sentence and an exit code. */
export async function runScript(name, command) {
  try {
    await command();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

/** Installs packages unless all their programs are here. @throws NotInstallable */
export function install({ system, programs, packages, preseed = '' }) {
  const missing = () => programs.filter((program) => !run('sh', ['-c', 'command -v "$0"', program]).ok);
  if (missing().length === 0) return;
  if (process.getuid() !== 0 || !run('apt-get', ['--version']).ok) {
    throw new NotInstallable(`${system} is not installed, and only root can install it, on Debian or Ubuntu`);
  }
  process.stderr.write(`installing ${packages.join(' ')}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'skyrocket-apt-'));
  // The packages bring daemons of their own, which their scripts would start: those of /usr/sbin/policy-rc.d are told not to.
  const policy = '/usr/sbin/policy-rc.d';
  const own = !run('test', ['-e', policy]).ok;
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (preseed) run('debconf-set-selections', [], { input: preseed });
    const get = (...words) =>
      run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', '-o', `Dir::Log=${folder}`, ...words], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      });
    const words = ['install', '--no-install-recommends', ...packages];
    const ended = get(...words).ok
      ? { ok: true }
      : get('update').ok
        ? get(...words)
        : { ok: false, text: 'no package lists' };
    if (!ended.ok) throw new NotInstallable(`${system} cannot be installed: ${ended.text.slice(-600)}`);
  } finally {
    if (own) rmSync(policy, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
  if (missing().length > 0)
    throw new NotInstallable(`${system} was installed, but ${missing().join(', ')} is missing`);
}

/** Runs a program to its end. */
export function run(program, words, options = {}) {
  const { status, stdout, stderr } = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: 300_000,
    ...options,
  });
  return { ok: status === 0, text: `${stdout ?? ''}${stderr ?? ''}`, out: stdout ?? '' };
}

/** Starts a program that stays in the foreground, in the folder of its state, away from the caller's terminal, pipes and process group. */
export function startDaemon([program, ...words], { env, log, state }) {
  const out = openSync(log, 'a');
  const child = spawn(program, words, { detached: true, stdio: ['ignore', out, out], env, cwd: state });
  closeSync(out);
  child.on('error', () => {});
  child.unref();
}

/** Polls until something is so. @throws Failure */
export async function waitUntil(isSo, { seconds, what }) {
  const deadline = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Failure(`${what} in ${seconds} seconds`);
    await pause(50);
  }
}

/** The first of so many ports in a row that are free, below those that the system gives to clients. */
export async function freePorts(count) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 11_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Failure(`no ${count} free ports in a row`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Processes that have this entry in their environment, without those that this one was started from. */
export function processesWith(entry) {
  return allProcesses().filter(({ environment }) => environment.includes(entry));
}

/** All processes, as far as they can be looked at, without those that this one was started from. */
export function allProcesses() {
  const own = ancestors();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(name))
    .flatMap((pid) => {
      // A process may end while it is looked at, and those of others cannot be read.
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
        const directory = readlinkSync(`/proc/${pid}/cwd`);
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return state === 'Z' ? [] : [{ pid: Number(pid), name, environment, directory, words }];
      } catch {
        return [];
      }
    });
}

function ancestors() {
  const found = new Set();
  for (let pid = String(process.pid); pid !== '0' && pid !== ''; ) {
    found.add(pid);
    const status = run('cat', [`/proc/${pid}/status`]).out;
    pid = /^PPid:\s*(\d+)/m.exec(status)?.[1] ?? '';
  }
  return found;
}

/** Ends processes by SIGTERM, and those that have not ended after so many seconds by SIGKILL. */
export async function end(list, seconds) {
  const still = () => list().map(({ pid }) => pid);
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    const pids = still();
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    const deadline = Date.now() + seconds * 1000;
    while (still().length > 0 && Date.now() < deadline) await pause(50);
  }
}

/** The folder of all state: the one named, which is made, or a new one. */
export function stateFolder(named, prefix) {
  const folder = named ?? mkdtempSync(join(tmpdir(), prefix));
  run('mkdir', ['-p', folder]);
  const path = realpathSync(folder);
  if (!/^[\w./+@,-]{1,70}$/.test(path)) {
    throw new Failure(
      `${path} is longer than 70 characters, or has some that configurations and sockets cannot hold`,
    );
  }
  // Daemons demand that all may search the folders above their sockets, and jobs of other users need it.
  run('chmod', ['a+rx', path]);
  return path;
}

/** Lines for `eval`. */
export function printExports(variables) {
  for (const [name, value] of Object.entries(variables)) {
    process.stdout.write(value === null ? `unset ${name}\n` : `export ${name}='${value}'\n`);
  }
}
