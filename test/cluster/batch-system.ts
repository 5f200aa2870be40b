import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { newSite, patiently, type Site } from '../programs/site.ts';

const root = join(import.meta.dirname, '..', '..');

/** A real batch system of this test file, which is started before its tests and ended after them. */
export interface TestedBatchSystem {
  /** What its commands need in their environment; `PATH` among them. */
  environment(): Record<string, string>;
  /** Runs one of its commands; what it prints. @throws when it fails */
  command(program: string, ...words: string[]): string;
  /** A user of it, with an empty launchpad. */
  site(): Site;
}

export function startedBatchSystem(script: 'slurm' | 'gridengine'): TestedBatchSystem {
  const program = join(root, 'scripts', script);
  const state = mkdtempSync(join(tmpdir(), 'sky-'));
  let environment: Record<string, string> = {};
  keptUp(program, state, (printed) => {
    const { PATH = '' } = process.env;
    const lines = printed.matchAll(/^export (\w+)='([^']*)'(?::"\$PATH")?$/gm);
    const found = Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
    environment = { ...found, PATH: found.PATH === undefined ? PATH : `${found.PATH}:${PATH}` };
  });
  return {
    environment: () => environment,
    command: (name, ...words) =>
      execFileSync(name, words, { encoding: 'utf8', env: { ...process.env, ...environment } }),
    site: () => newSite(environment),
  };
}

/**
 * Starts what one of scripts/slurm, scripts/gridengine and scripts/sshd starts, before the tests of a file, and ends it after
 * them; also when this process is killed: then the pipe that a guard reads ends.
 */
export function keptUp(program: string, state: string, tell: (printed: string) => void): void {
  let guard: ChildProcess | null = null;
  beforeAll(() => {
    const end = 'cat >/dev/null; exec "$0" down "$1" --remove';
    guard = spawn('/bin/sh', ['-c', end, program, state], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    tell(execFileSync(program, ['up', state], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
  }, patiently);
  afterAll(async () => {
    const ended = new Promise((resolve) => guard?.once('exit', resolve));
    guard?.stdin?.end();
    await ended;
  }, patiently);
}

const bin = join(root, 'packages', 'cli', 'bin');

/** The command line of one of our programs in a job of a site; a job does not always inherit an environment. */
export function jobCommand(site: Site, ...words: string[]): string {
  const [program = '', ...rest] = words;
  const home = join(site.directory, '..', 'home');
  return ['env', `HOME=${home}`, process.execPath, join(bin, `${program}.js`), ...rest].join(' ');
}

/** Writes my_qadapter.yaml with settings beside those that every job of these tests has. */
export function writeAdapter(site: Site, type: string, settings: Record<string, unknown> = {}): void {
  const rocketLaunch = jobCommand(site, 'rlaunch', 'singleshot');
  const common = { _fw_name: 'CommonAdapter', _fw_q_type: type, rocket_launch: rocketLaunch };
  // JSON is YAML.
  site.write('my_qadapter.yaml', JSON.stringify({ ...common, ...settings }));
}

/** Adds so many Fireworks without links, each of which appends its name to the file `ran`. */
export async function addFireworks(site: Site, count: number): Promise<void> {
  const fws = Array.from({ length: count }, (_, index) => ({
    fw_id: index + 1,
    name: `firework ${index + 1}`,
    spec: {
      _tasks: [{ _fw_name: 'ScriptTask', script: `echo ${index + 1} >>${join(site.directory, 'ran')}` }],
    },
  }));
  site.write('workflow.yaml', JSON.stringify({ name: 'w', metadata: {}, links: {}, fws }));
  const { code, stderr } = await site.run('lpad', 'add', 'workflow.yaml');
  if (code !== 0) throw new Error(stderr);
}

/** How many Fireworks are in each state, as lpad says. */
export async function countState(site: Site, state: string): Promise<number> {
  const { stdout } = await site.run('lpad', '-s', 'get_fws', '-s', state, '-d', 'count');
  return Number(stdout);
}

/** Polls until so many Fireworks are in a state, for a minute at most. */
export async function whenInState(site: Site, state: string, count: number): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const now = await countState(site, state);
    if (now === count) return;
    if (Date.now() > deadline)
      throw new Error(`waited in vain for ${count} Fireworks in ${state}; there are ${now}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
