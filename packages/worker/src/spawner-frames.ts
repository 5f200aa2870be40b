import { frameSplitter } from './frame-splitter.ts';

/**
 * What the worker and the helper process of the spawner say to each other: frames of a kind, the number of a command
 * and bytes. Output travels as bytes; only what starts a command is text.
 */

/** From the worker: the environment of commands, start, text for standard input, its end, send a signal, so much output has been taken in. */
export type OrderKind = 'environment' | 'start' | 'stdin' | 'stdinEnd' | 'interrupt' | 'taken';

/** From the helper: started, could not be started, was interrupted before it was started, ended, output, so much standard input has been taken in. */
export type EventKind = 'started' | 'failed' | 'notStarted' | 'ended' | 'stdout' | 'stderr' | 'stdinTaken';

export type FrameKind = OrderKind | EventKind;

const kinds: readonly FrameKind[] = [
  'environment',
  'start',
  'stdin',
  'stdinEnd',
  'interrupt',
  'taken',
  'started',
  'failed',
  'notStarted',
  'ended',
  'stdout',
  'stderr',
  'stdinTaken',
];

export interface Frame {
  kind: FrameKind;
  command: number;
  bytes: Buffer;
}

/** The order `start`. */
export interface StartOrder {
  program: string;
  args: string[];
  cwd: string;
  env?: Record<string, string>;
  stdin: 'nothing' | 'text' | { file: string };
  stdout: 'pipe' | { file: string };
  stderr: 'pipe' | { file: string };
  /** It is started when those of the same line that were ordered before it are over. */
  line?: number;
}

/** The order `interrupt`: a signal to the process group, and SIGKILL when something of it is left after the grace. */
export interface InterruptOrder {
  signal: NodeJS.Signals;
  graceSeconds: number;
}

/** The order `taken`: the worker has disposed of bytes of one stream. */
export interface TakenOrder {
  stream: 'stdout' | 'stderr';
  bytes: number;
}

/** The event `failed`: what was missing or refused, in the system's words. */
export interface StartFailure {
  what: 'program' | 'directory' | 'stdin' | 'stdout' | 'stderr';
  path: string;
  reason: string;
}

/** The event `ended`. */
export interface EndReport {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Whether it was to be interrupted while it ran. */
  interrupted: boolean;
}

/** Bytes of one stream that may be under way before the other side has said that it took them. */
export const windowBytes = 256 * 1024;

const headerBytes = 9;

export function writeFrame(kind: FrameKind, command: number, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  header.writeUInt32LE(bytes.length, 0);
  header.writeUInt8(kinds.indexOf(kind), 4);
  header.writeUInt32LE(command, 5);
  return bytes.length === 0 ? header : Buffer.concat([header, bytes]);
}

/** A frame whose content is one of the small records above. */
export function writeRecordFrame(kind: FrameKind, command: number, record: object): Buffer {
  return writeFrame(kind, command, Buffer.from(JSON.stringify(record)));
}

// Both sides are of the same build, so a record is what its kind of frame says.

export function readEnvironment(frame: Frame): NodeJS.ProcessEnv {
  return JSON.parse(frame.bytes.toString());
}

export function readStart(frame: Frame): StartOrder {
  return JSON.parse(frame.bytes.toString());
}

export function readInterrupt(frame: Frame): InterruptOrder {
  return JSON.parse(frame.bytes.toString());
}

export function readTaken(frame: Frame): TakenOrder {
  return JSON.parse(frame.bytes.toString());
}

export function readFailure(frame: Frame): StartFailure {
  return JSON.parse(frame.bytes.toString());
}

export function readEnd(frame: Frame): EndReport {
  return JSON.parse(frame.bytes.toString());
}

/** Cuts a stream of chunks into frames and hands each to `onFrame`. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  return frameSplitter({ headerBytes, bodyBytes: (header) => header.readUInt32LE(0) }, (frame) => {
    const kind = kinds[frame.readUInt8(4)];
    if (kind) onFrame({ kind, command: frame.readUInt32LE(5), bytes: frame.subarray(headerBytes) });
  });
}
