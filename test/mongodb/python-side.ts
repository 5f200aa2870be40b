import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Python FireWorks in a process of its own: see `python/fireworks_side.py` for what it can be asked. */
export interface PythonSide {
  /** @throws Error with Python's stack trace */
  ask(request: { do: string; [argument: string]: unknown }): Promise<unknown>;
  close(): Promise<void>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @throws Error when there is no environment with FireWorks and none can be made */
export function pythonWithFireWorks(): string {
  const made = spawnSync(join(root, 'scripts/python-env'), ['fireworks'], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`no Python with FireWorks: ${made.stderr}`);
  return join(made.stdout.trim(), 'bin', 'python');
}

/** Starts it and connects it to a database. */
export async function startPythonSide(uri: string, database: string): Promise<PythonSide> {
  const script = fileURLToPath(new URL('python/fireworks_side.py', import.meta.url));
  const child = spawn(pythonWithFireWorks(), [script], { stdio: ['pipe', 'pipe', 'ignore'] });
  const side = conversation(child);
  await side.ask({ do: 'connect', uri, name: database });
  return side;
}

function conversation(child: ChildProcessByStdio<Writable, Readable, null>): PythonSide {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`Python ended while it was asked to ${request.do}`);
      const reply: { ok?: unknown; error?: string } = JSON.parse(value);
      if (reply.error !== undefined) throw new Error(reply.error);
      return reply.ok;
    },
    close() {
      child.stdin.end();
      return ended;
    },
  };
}
