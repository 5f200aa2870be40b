import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { SkyrocketError } from '@skyrocket/model/errors';
import { type Command, type CommandEnd, capturedBytesLimit } from './run-command.ts';

export type OutputName = 'stdout' | 'stderr';

/** Where output is shown that nobody asked to be kept. */
export type Screens = Readonly<Record<OutputName, Writable>>;

/** What becomes of the output of one command. */
export interface CommandOutput {
  /** Disposes of bytes, and then says so. */
  take(name: OutputName, bytes: Buffer, taken: () => void): void;
  /** What was kept. `failed` says whether the tail of files is worth reading. */
  finish(outcome: 'succeeded' | 'failed'): Promise<KeptOutput>;
}

export type KeptOutput = Pick<CommandEnd, 'stdout' | 'stderr' | 'truncated' | 'tail'>;

/** Bytes of output that messages may quote. */
const tailBytes = 8 * 1024;

export function commandOutput(command: Command, screens: Screens): CommandOutput {
  const stdout = keptStream(command, 'stdout', screens);
  const stderr = keptStream(command, 'stderr', screens);
  const tail = tailRing();
  return {
    take(name, bytes, taken) {
      tail.add(bytes);
      (name === 'stdout' ? stdout : stderr).take(bytes, taken);
    },
    async finish(outcome) {
      await Promise.all([stdout.finish(), stderr.finish()]);
      const files = outcome === 'failed' ? filesWithoutPipe(command) : [];
      const fileTails = await Promise.all(files.map(tailOfFile));
      return {
        stdout: stdout.text(),
        stderr: stderr.text(),
        truncated: stdout.isTruncated() || stderr.isTruncated(),
        tail: [tail.text(), ...fileTails].filter((text) => text !== '').join('\n'),
      };
    },
  };
}

/** Whether the output goes through the worker, or straight into a file. */
export function isPiped(command: Command, name: OutputName): boolean {
  return fileOf(command, name) === undefined || command.capture?.[name] === true;
}

function fileOf(command: Command, name: OutputName): string | undefined {
  const file = name === 'stdout' ? command.stdoutFile : command.stderrFile;
  return file === undefined ? undefined : resolve(command.cwd, file);
}

function filesWithoutPipe(command: Command): string[] {
  const files = new Set<string>();
  for (const name of ['stdout', 'stderr'] as const) {
    const file = fileOf(command, name);
    if (file !== undefined && !isPiped(command, name)) files.add(file);
  }
  return [...files];
}

interface KeptStream {
  take(bytes: Buffer, taken: () => void): void;
  finish(): Promise<void>;
  text(): string;
  isTruncated(): boolean;
}

function keptStream(command: Command, name: OutputName, screens: Screens): KeptStream {
  if (command.capture?.[name] !== true) {
    return {
      take: (bytes, taken) => screens[name].write(bytes, taken),
      finish: async () => {},
      text: () => '',
      isTruncated: () => false,
    };
  }
  const chunks: Buffer[] = [];
  let bytesSeen = 0;
  const path = fileOf(command, name);
  const file = path === undefined ? null : fileAppender(path);
  return {
    take(bytes, taken) {
      const room = Math.max(0, capturedBytesLimit - bytesSeen);
      bytesSeen += bytes.length;
      if (room > 0) chunks.push(bytes.subarray(0, room));
      if (file) file.write(bytes, taken);
      else taken();
    },
    finish: async () => file?.finish(),
    text: () => Buffer.concat(chunks).toString(),
    isTruncated: () => bytesSeen > capturedBytesLimit,
  };
}

interface FileAppender {
  write(bytes: Buffer, written: () => void): void;
  /** @throws SkyrocketError TASK_FAILED when something could not be written */
  finish(): Promise<void>;
}

/** Opened by the first write. */
function fileAppender(path: string): FileAppender {
  let failure: Error | null = null;
  const open = () => {
    const stream = createWriteStream(path, { flags: 'a' });
    stream.on('error', (error) => {
      failure ??= error;
    });
    return { stream, closed: new Promise<void>((closed) => stream.once('close', () => closed())) };
  };
  let opened: ReturnType<typeof open> | null = null;
  const living = () => {
    opened ??= open();
    return opened;
  };
  return {
    write: (bytes, written) => living().stream.write(bytes, () => written()),
    async finish() {
      const { stream, closed } = living();
      stream.end();
      await closed;
      if (failure)
        throw new SkyrocketError('TASK_FAILED', `output cannot be written to ${path}: ${failure.message}`);
    },
  };
}

interface TailRing {
  add(bytes: Buffer): void;
  text(): string;
}

function tailRing(): TailRing {
  let chunks: Buffer[] = [];
  let kept = 0;
  let dropped = false;
  return {
    add(bytes) {
      chunks.push(bytes);
      kept += bytes.length;
      while (chunks[0] && kept - chunks[0].length >= tailBytes) {
        kept -= chunks[0].length;
        dropped = true;
        chunks = chunks.slice(1);
      }
    },
    text: () => lastLines(Buffer.concat(chunks), dropped),
  };
}

/** The end of a text, from the beginning of a line. */
function lastLines(bytes: Buffer, isCut: boolean): string {
  const tail = bytes.subarray(-tailBytes);
  if (!isCut && tail.length === bytes.length) return tail.toString();
  const lineEnd = tail.indexOf('\n');
  return tail.subarray(lineEnd >= 0 && lineEnd < tail.length - 1 ? lineEnd + 1 : 0).toString();
}

/** Nothing where there is no such file any more; a pipe or a device is not read. */
/** The last lines of a file, about 8 KiB. */
export async function tailOfFile(path: string): Promise<string> {
  try {
    if (!(await stat(path)).isFile()) return '';
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - tailBytes);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start);
      return lastLines(buffer.subarray(0, bytesRead), start > 0);
    } finally {
      await file.close();
    }
  } catch {
    return ''; // It only adorns a message about something worse.
  }
}
