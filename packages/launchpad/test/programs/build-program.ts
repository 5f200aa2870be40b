import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../../../..');

/** Makes one file of a program, from sources; the libraries of databases are found from where the file lies. */
export async function buildProgram(
  name: string,
  folder = join(import.meta.dirname, '../../.tscache/programs'),
  sources = import.meta.dirname,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}-${process.pid}.mjs`);
  await promisify(execFile)(join(repository, 'node_modules/.bin/esbuild'), [
    join(sources, `${name}.ts`),
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--conditions=@skyrocket/source',
    '--external:@photostructure/sqlite',
    '--external:mongodb',
    '--log-level=error',
    `--outfile=${file}`,
  ]);
  return file;
}

/** A process of a program. */
export interface RunningProgram {
  /** Lines of its output so far, each JSON. */
  readonly lines: unknown[];
  /** Writes a line to its standard input. */
  say(line: string): void;
  /** Ends it as a power cut would. */
  kill(): void;
  /** What it said in the end; `status` null when it was killed. */
  readonly ended: Promise<{ status: number | null; lines: unknown[]; errors: string }>;
}

/** Runs a program; its arguments follow it. `before`: a command that starts it, such as `setpriv …`. */
export function runProgram(file: string, args: string[], before: string[] = []): RunningProgram {
  const [command = process.execPath, ...rest] = [...before, process.execPath, file, ...args];
  const child = spawn(command, rest, { stdio: 'pipe' });
  const lines: unknown[] = [];
  let pending = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (pending + text).split('\n');
    pending = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  return {
    lines,
    say: (line) => child.stdin.write(`${line}\n`),
    kill: () => child.kill('SIGKILL'),
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, lines, errors }));
    }),
  };
}
