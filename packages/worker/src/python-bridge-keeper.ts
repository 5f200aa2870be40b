import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Duplex, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Log } from '@skyrocket/contract/log';
import {
  type MemberReader,
  memberInteger,
  memberList,
  memberText,
  readMembers,
} from '@skyrocket/model/document-fault';
import { parseJson } from '@skyrocket/model/lossless-json';
import { isTruthy } from '@skyrocket/model/user-data';
import type { Screens } from './command-output.ts';
import { signalGroup } from './process-group.ts';
import { controlFrame, controlFrames, type OutputFrame, outputFrames } from './python-bridge-frames.ts';
import { taskEnvironment } from './task-environment.ts';
import type { PythonOptions } from './worker-options.ts';

/** The worker's end of the kept interpreter: see python/skyrocket_bridge/keeper.py for the other. */
export interface Keeper {
  isAlive(): boolean;
  /** Resolves when FireWorks is imported; to the reason when it cannot be. */
  ready: Promise<{ problem: string | null }>;
  /** Asks for a process; what is sent to it meanwhile is not lost. */
  startProcess(events: FireworkEvents): FireworkChannel;
  kill(): void;
  stop(): Promise<void>;
}

/** What is heard of the process of one Firework. Nothing follows `ended`. */
export interface FireworkEvents {
  received(bytes: Buffer): void;
  tail(text: string): void;
  ended(end: ProcessEnd): void;
}

export interface ProcessEnd {
  /** The end of a sentence about it (`was ended by SIGSEGV`); null when it was asked to close and did. */
  how: string | null;
  /** The last that it printed through the worker. */
  tail: string;
}

export interface FireworkChannel {
  send(bytes: Buffer): void;
  /** Signals the process group, and kills it after the grace. */
  interrupt(signal: NodeJS.Signals): void;
  askTail(): void;
  close(): void;
}

export interface KeeperOptions {
  python: PythonOptions;
  graceSeconds: number;
  screens: Screens;
  log: Log;
}

interface Kept {
  options: KeeperOptions;
  process: ChildProcess;
  control: Duplex;
  output: Readable;
  fireworks: Map<number, KeptFirework>;
  lastNumber: number;
  isAlive: boolean;
  /** The last of what it wrote on its own standard error. */
  complaints: string;
  resolveReady(ready: { problem: string | null }): void;
  exited: Promise<unknown>;
}

interface KeptFirework {
  events: FireworkEvents;
  /** Null until the process runs. */
  pid: number | null;
  isClosing: boolean;
  /** It has ended; that is told when the last of its output has been shown. */
  end: ProcessEnd | null;
  isOutputOver: boolean;
}

/** A failure to start is told by `ready`. */
export function startKeeper(options: KeeperOptions): Keeper {
  const child = spawnInterpreter(options);
  let resolveReady: Kept['resolveReady'] = () => {};
  const ready = new Promise<{ problem: string | null }>((resolve) => {
    resolveReady = resolve;
  });
  const kept: Kept = {
    options,
    process: child,
    control: duplexAt(child, 3),
    output: duplexAt(child, 4),
    fireworks: new Map(),
    lastNumber: 0,
    isAlive: true,
    complaints: '',
    resolveReady,
    exited: new Promise((resolve) => {
      child.once('close', resolve);
      child.once('error', resolve);
    }),
  };
  listen(kept);
  return {
    isAlive: () => kept.isAlive,
    ready,
    startProcess: (events) => startProcess(kept, events),
    kill: () => kill(kept),
    stop: () => stop(kept),
  };
}

function spawnInterpreter({ python, graceSeconds }: KeeperOptions): ChildProcess {
  const script = fileURLToPath(new URL('../python/bridge.py', import.meta.url));
  return spawn(python.python, [script, 'keep', python.start, String(graceSeconds)], {
    // Out of the terminal's process group: the worker decides what becomes of tasks.
    detached: true,
    env: taskEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
  });
}

function duplexAt(child: ChildProcess, fd: 3 | 4): Duplex {
  const stream = child.stdio[fd];
  if (stream instanceof Duplex) return stream;
  // Where the program cannot be started at all there are no channels either; its `error` event follows.
  return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
}

function listen(kept: Kept): void {
  const { process: child, control, output } = kept;
  child.on('error', (error) => lose(kept, `it cannot be started: ${error.message}`));
  child.on('exit', () => output.resume()); // What is left there comes before `close`.
  child.on('close', (code, signal) =>
    lose(kept, signal ? `it was killed by ${signal}` : `it ended with code ${code}`),
  );
  child.stderr?.on('data', (chunk: Buffer) => complain(kept, chunk.toString()));
  control.on(
    'data',
    controlFrames(({ channel, bytes }) => {
      if (channel === 0) onEvent(kept, bytes.toString());
      else kept.fireworks.get(channel)?.events.received(bytes);
    }),
  );
  output.on(
    'data',
    outputFrames((frame) => show(kept, frame)),
  );
  for (const stream of [control, output]) stream.on('error', () => {}); // Its end is told by `close`.
}

const complaintCharacters = 4000;

function complain(kept: Kept, text: string): void {
  kept.complaints = (kept.complaints + text).slice(-complaintCharacters);
  kept.options.log.debug(`Python: ${text.trimEnd()}`);
}

function startProcess(kept: Kept, events: FireworkEvents): FireworkChannel {
  const number = ++kept.lastNumber;
  const firework: KeptFirework = { events, pid: null, isClosing: false, end: null, isOutputOver: false };
  kept.fireworks.set(number, firework);
  if (kept.isAlive) order(kept, { op: 'start', id: number });
  else queueMicrotask(() => forget(kept, number, { how: 'was not started', tail: '' }));
  return {
    send: (bytes) => send(kept, controlFrame(number, bytes)),
    interrupt: (signal) => order(kept, { op: 'interrupt', id: number, signal: constants.signals[signal] }),
    askTail: () => order(kept, { op: 'tail', id: number }),
    close() {
      firework.isClosing = true;
      order(kept, { op: 'close', id: number });
    },
  };
}

function order(kept: Kept, record: Record<string, string | number>): void {
  send(kept, controlFrame(0, Buffer.from(JSON.stringify(record))));
}

function send(kept: Kept, bytes: Buffer): void {
  if (kept.isAlive) kept.control.write(bytes);
}

function onEvent(kept: Kept, json: string): void {
  const reader = readMembers(parseJson(json), [], 'BAD_FILE');
  const kind = memberText(reader, 'event', '');
  const tail = memberText(reader, 'tail', '');
  const number = memberInteger(reader, 'id', 0);
  const firework = kept.fireworks.get(number);
  if (kind === 'hello') greet(kept, reader);
  else if (!firework) return;
  else if (kind === 'started') firework.pid = memberInteger(reader, 'pid', 0);
  else if (kind === 'tail') firework.events.tail(tail);
  else if (kind === 'refused')
    forget(kept, number, { how: `cannot be started: ${memberText(reader, 'reason', '')}`, tail });
  else if (kind === 'ended') {
    firework.end = { how: howItEnded(reader, firework), tail };
    forgetWhenOver(kept, number);
  }
}

function greet(kept: Kept, hello: MemberReader): void {
  const ignored = memberList(hello, 'ignoredKeys').join(', ');
  if (ignored !== '') kept.options.log.debug(`FW_config.yaml: FireWorks does not know ${ignored}`);
  const problem = hello.map.get('problem');
  kept.resolveReady({ problem: typeof problem === 'string' ? problem : null });
}

function howItEnded(ended: MemberReader, { isClosing }: KeptFirework): string | null {
  const code = memberInteger(ended, 'code', 0);
  if (isTruthy(ended.map.get('channelClosed'))) return 'closed its connection to the worker';
  if (code === 0 && isClosing) return null;
  return code < 0 ? `was ended by ${signalName(-code)}` : `ended with code ${code}`;
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${number}`;
}

/** Screens that are slow make tasks wait in their `print`. */
function show(kept: Kept, { channel, stream, bytes }: OutputFrame): void {
  if (stream === 0) {
    const firework = kept.fireworks.get(channel);
    if (firework) firework.isOutputOver = true;
    forgetWhenOver(kept, channel);
    return;
  }
  const screen = kept.options.screens[stream === 1 ? 'stdout' : 'stderr'];
  if (screen.write(bytes) || kept.output.isPaused() || hasExited(kept)) return;
  kept.output.pause();
  screen.once('drain', () => kept.output.resume());
}

function hasExited({ process: { exitCode, signalCode } }: Kept): boolean {
  return exitCode !== null || signalCode !== null;
}

function forgetWhenOver(kept: Kept, number: number): void {
  const firework = kept.fireworks.get(number);
  if (firework?.end && firework.isOutputOver) forget(kept, number, firework.end);
}

function forget(kept: Kept, number: number, end: ProcessEnd): void {
  const firework = kept.fireworks.get(number);
  kept.fireworks.delete(number);
  firework?.events.ended(end);
}

/** Without the kept interpreter nothing can be heard of the processes, so they must not go on. */
function lose(kept: Kept, reason: string): void {
  if (!kept.isAlive) return;
  kept.isAlive = false;
  const complaints = kept.complaints.trim();
  kept.resolveReady({ problem: complaints === '' ? reason : `${reason}: ${complaints}` });
  killFireworks(kept);
  const how = `was killed: the Python interpreter that started it is gone (${reason})`;
  for (const number of [...kept.fireworks.keys()]) forget(kept, number, { how, tail: '' });
}

function killFireworks(kept: Kept): void {
  for (const { pid } of kept.fireworks.values()) if (pid !== null) signalGroup(pid, 'SIGKILL');
}

function kill(kept: Kept): void {
  killFireworks(kept);
  kept.process.kill('SIGKILL');
}

async function stop(kept: Kept): Promise<void> {
  if (!kept.isAlive) return;
  kept.control.end();
  await kept.exited;
}
