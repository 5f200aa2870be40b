import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A mongod of the test's own; it ends with the test, however that ends. */
export interface MongodProcess {
  uri: string;
  port: number;
  /** Of mongod itself. */
  pid: number;
  dbpath: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../../../scripts/mongod', import.meta.url));

/** @throws Error when no mongod can be had */
export async function startMongod(...options: string[]): Promise<MongodProcess> {
  const starter = spawn(program, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await firstLine(starter);
  const ended = new Promise<void>((resolve) => starter.once('exit', () => resolve()));
  return {
    ...JSON.parse(line),
    stop: () => {
      starter.stdin.end();
      return ended;
    },
  };
}

async function firstLine(starter: ChildProcessByStdio<Writable, Readable, null>): Promise<string> {
  for await (const line of createInterface({ input: starter.stdout })) return line;
  throw new Error(`no mongod could be started by ${program}`);
}
