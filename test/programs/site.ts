import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from '@jest/globals';

/** For a test that starts many programs, where other tests do so too. In milliseconds. */
export const patiently = 300_000;

const bin = join(import.meta.dirname, '..', '..', 'packages', 'cli', 'bin');

export type ProgramName = 'lpad' | 'rlaunch' | 'qlaunch' | 'mlaunch';

/** How a program ended, and what it printed. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A program that runs. */
export interface Running {
  pid: number;
  ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
  /** What it has logged so far. */
  log(): string;
}

/** A user with an empty home who works in an empty directory, where the launchpad is too. */
export interface Site {
  directory: string;
  /** The file of the launchpad. */
  database: string;
  /** Starts a real program, as built. */
  start(program: ProgramName, ...words: string[]): Running;
  /** Runs it to its end. */
  run(program: ProgramName, ...words: string[]): Promise<Ended>;
  /** What lpad answers, as JSON, without its log. @throws when it fails */
  ask(...words: string[]): Promise<unknown>;
  /** Writes a file; returns its path. */
  write(name: string, text: string): string;
  /** Lines of a file; none when it is not there. */
  lines(name: string): string[];
}

const roots: string[] = [];
const started = new Set<ChildProcess>();

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  for (const root of roots) rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

export function newSite(environment: Record<string, string> = {}): Site {
  const root = mkdtempSync(join(tmpdir(), 'skyrocket-programs-'));
  roots.push(root);
  const [directory, home] = [join(root, 'work'), join(root, 'home')];
  for (const folder of [directory, home]) mkdirSync(folder);
  const { PATH = '' } = process.env;
  const place = { directory, environment: { PATH, HOME: home, TZ: 'UTC', ...environment } };
  const run = (program: ProgramName, ...words: string[]) => start(place, program, words).ended;
  return {
    directory,
    database: join(home, '.local', 'share', 'skyrocket', 'launchpad.db'),
    start: (program, ...words) => start(place, program, words),
    run,
    async ask(...words) {
      const { code, stdout, stderr } = await run('lpad', '-o', 'json', '-s', ...words);
      if (code !== 0) throw new Error(`lpad ${words.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    write(name, text) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      return path;
    },
    lines(name) {
      const path = join(directory, name);
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    },
  };
}

interface Place {
  directory: string;
  environment: Record<string, string>;
}

function start({ directory, environment }: Place, program: ProgramName, words: string[]): Running {
  const child = spawn(process.execPath, [join(bin, `${program}.js`), ...words], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} cannot be started`);
  started.add(child);
  const printed = { stdout: '', stderr: '' };
  return {
    pid,
    ended: ended(child, printed),
    kill: (signal) => child.kill(signal),
    log: () => printed.stderr,
  };
}

function ended(child: ChildProcess, printed: Pick<Ended, 'stdout' | 'stderr'>): Promise<Ended> {
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      printed[name] += chunk;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      started.delete(child);
      resolve({ code, signal, ...printed });
    });
  });
}

/** Waits until something is so; looks again and again, for a minute at most. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process lives; one that nobody has waited for yet (a zombie) does not. */
export function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
