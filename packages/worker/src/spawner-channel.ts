import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { SkyrocketError } from '@skyrocket/model/errors';
import {
  type CommandOutput,
  commandOutput,
  isPiped,
  type OutputName,
  type Screens,
} from './command-output.ts';
import { frameWriter } from './frame-writer.ts';
import { signalGroup, signalOfAbort } from './process-group.ts';
import { type Command, type CommandEnd, NotStartedError } from './run-command.ts';
import {
  type EndReport,
  type Frame,
  frameReader,
  readEnd,
  readFailure,
  type StartFailure,
  type StartOrder,
  windowBytes,
  writeFrame,
  writeRecordFrame,
} from './spawner-frames.ts';
import { taskEnvironment } from './task-environment.ts';

/** The worker's end of a helper process: see spawner-process.ts for the other. */
export interface HelperProcess {
  isAlive(): boolean;
  run(command: Command): Promise<CommandEnd>;
  kill(): void;
  stop(): Promise<void>;
}

export interface HelperSettings {
  graceSeconds: number;
  screens: Screens;
}

export function startHelperProcess(settings: HelperSettings): HelperProcess {
  const helper = spawnHelper();
  const { stdin: orders, stdout: events } = helper;
  if (!orders || !events) throw cannotStart('it has no channel');
  const channel: Channel = {
    ...settings,
    process: helper,
    orders,
    write: frameWriter(orders),
    events,
    running: new Map(),
    lastId: 0,
    isAlive: true,
  };
  const lost = (reason: string) => loseHelper(channel, reason);
  helper.on('error', (error) => lost(error.message));
  // Not at its exit: what it has told by then may not have been read, as which process a command is.
  helper.on('close', (code, signal) =>
    lost(signal ? `it was killed by ${signal}` : `it ended with code ${code}`),
  );
  orders.on('error', () => {}); // It has ended, which is told by its exit.
  events.on(
    'data',
    frameReader((frame) => receive(channel, frame)),
  );
  send(channel, writeRecordFrame('environment', 0, taskEnvironment()));
  setIdle(channel);
  return {
    isAlive: () => channel.isAlive,
    run: (command) => run(channel, command),
    kill: () => {
      for (const { id } of channel.running.values())
        interrupt(channel, id, { signal: 'SIGKILL', graceSeconds: 0 });
    },
    stop: () => stop(channel),
  };
}

interface Channel extends HelperSettings {
  process: ChildProcess;
  orders: Writable;
  write(frame: Buffer): void;
  events: Readable;
  running: Map<number, Running>;
  lastId: number;
  isAlive: boolean;
}

interface Running {
  id: number;
  command: Command;
  /** Null until the helper has told it. */
  pid: number | null;
  output: CommandOutput;
  /** Text for standard input that has not been sent. */
  stdin: Buffer;
  resolve(end: CommandEnd): void;
  reject(error: Error): void;
  /** No longer listens to the command's abort signal. */
  release(): void;
}

/** Far more heap than it needs, and a limit should that ever be wrong; threads beside its own make each fork slower. */
const helperArguments = ['--max-old-space-size=128', '--single-threaded'];

function spawnHelper(): ChildProcess {
  const program = helperProgram();
  if (!existsSync(program))
    throw cannotStart(`${program} is not there; build the packages first (npm run build)`);
  return spawn(process.execPath, [...helperArguments, program], {
    // Out of the terminal's process group and of the launch directory's way.
    detached: true,
    cwd: '/',
    // What the user asks of Node is meant for the commands: they get the environment as it is.
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Node 20 cannot run TypeScript, so where this module is a source, the built helper is taken. */
function helperProgram(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const path = isSource ? '../dist/spawner-process.js' : './spawner-process.js';
  return fileURLToPath(new URL(path, import.meta.url));
}

function cannotStart(reason: string): SkyrocketError {
  return new SkyrocketError(
    'TASK_FAILED',
    `the helper process that starts commands cannot be started: ${reason}`,
  );
}

function run(channel: Channel, command: Command): Promise<CommandEnd> {
  if (command.signal?.aborted) {
    return Promise.reject(notStarted(command));
  }
  return new Promise((resolve, reject) => {
    const id = ++channel.lastId;
    const onAbort = () => interrupt(channel, id, endingFor(channel, command.signal));
    command.signal?.addEventListener('abort', onAbort, { once: true });
    const stdin = Buffer.from(command.stdin && 'text' in command.stdin ? command.stdin.text : '');
    channel.running.set(id, {
      id,
      command,
      pid: null,
      output: commandOutput(command, channel.screens),
      stdin,
      resolve,
      reject,
      release: () => command.signal?.removeEventListener('abort', onAbort),
    });
    if (channel.running.size === 1) setBusy(channel);
    send(channel, writeRecordFrame('start', id, startOrder(command)));
    if (command.stdin && 'text' in command.stdin) feed(channel, id, windowBytes);
  });
}

function notStarted(command: Command): NotStartedError {
  const { signal } = command;
  const why = signal?.aborted ? 'the task was interrupted' : 'the command before it takes long';
  return new NotStartedError(`${nameOf(command)} was not started: ${why}`, { cause: signal?.reason });
}

function startOrder(command: Command): StartOrder {
  const { cwd, env, stdin, run, line } = command;
  const target = (name: OutputName, file: string | undefined) =>
    file === undefined || isPiped(command, name) ? ('pipe' as const) : { file: resolve(cwd, file) };
  return {
    program: 'shell' in run ? run.shell : run.program,
    args: 'shell' in run ? ['-c', run.script] : run.args,
    cwd,
    ...(env && { env }),
    ...(line !== undefined && { line }),
    stdin: stdin === undefined ? 'nothing' : 'text' in stdin ? 'text' : { file: resolve(cwd, stdin.file) },
    stdout: target('stdout', command.stdoutFile),
    stderr: target('stderr', command.stderrFile),
  };
}

/** Characters of a script that stand for it in sentences. */
const longestName = 100;

function nameOf({ run }: Command): string {
  if ('program' in run) return run.program;
  return run.script.length > longestName ? `\`${run.script.slice(0, longestName)}…\`` : `\`${run.script}\``;
}

interface Ending {
  signal: NodeJS.Signals;
  graceSeconds: number;
}

function endingFor({ graceSeconds }: Channel, aborted: AbortSignal | undefined): Ending {
  return { signal: signalOfAbort(aborted), graceSeconds };
}

function interrupt(channel: Channel, id: number, ending: Ending): void {
  send(channel, writeRecordFrame('interrupt', id, ending));
}

/** Sends as much text for standard input as the helper has room for. */
function feed(channel: Channel, id: number, room: number): void {
  const running = channel.running.get(id);
  if (!running) return;
  const bytes = running.stdin.subarray(0, room);
  running.stdin = running.stdin.subarray(bytes.length);
  if (bytes.length > 0) send(channel, writeFrame('stdin', id, bytes));
  if (running.stdin.length === 0) send(channel, writeFrame('stdinEnd', id));
}

function send(channel: Channel, frame: Buffer): void {
  if (channel.isAlive) channel.write(frame);
}

function receive(channel: Channel, frame: Frame): void {
  const { kind, command: id, bytes } = frame;
  if (kind === 'stdout' || kind === 'stderr') {
    takeOutput(channel, frame, kind);
    return;
  }
  const running = channel.running.get(id);
  if (!running) return;
  if (kind === 'started') running.pid = bytes.readUInt32LE();
  else if (kind === 'stdinTaken') feed(channel, id, bytes.readUInt32LE());
  else if (kind === 'failed') {
    forget(channel, running);
    running.reject(startFailed(running.command, readFailure(frame)));
  } else if (kind === 'notStarted') {
    forget(channel, running);
    running.reject(notStarted(running.command));
  } else if (kind === 'ended') {
    forget(channel, running);
    finish(running, readEnd(frame));
  }
}

/** Output may come after the end, from processes that a command left behind: it is shown if it would have been. */
function takeOutput(channel: Channel, frame: Frame, stream: OutputName): void {
  const { command: id, bytes } = frame;
  const taken = () => send(channel, writeRecordFrame('taken', id, { stream, bytes: bytes.length }));
  const running = channel.running.get(id);
  if (running) running.output.take(stream, bytes, taken);
  else channel.screens[stream].write(bytes, taken);
}

function forget(channel: Channel, running: Running): void {
  channel.running.delete(running.id);
  running.release();
  if (channel.running.size === 0) setIdle(channel);
}

function finish(running: Running, end: EndReport): void {
  const outcome = end.exitCode === 0 ? 'succeeded' : 'failed';
  running.output.finish(outcome).then((kept) => running.resolve({ ...end, ...kept }), running.reject);
}

function startFailed(command: Command, failure: StartFailure): SkyrocketError {
  const { what, path, reason } = failure;
  const sentences: Record<StartFailure['what'], string> = {
    program: `${nameOf(command)} cannot be started: ${path}: ${reason}`,
    directory: `${nameOf(command)} cannot be started in ${path}: ${reason}`,
    stdin: `${nameOf(command)} cannot be started: its standard input ${path} cannot be read: ${reason}`,
    stdout: `${nameOf(command)} cannot be started: its output cannot be written to ${path}: ${reason}`,
    stderr: `${nameOf(command)} cannot be started: its error output cannot be written to ${path}: ${reason}`,
  };
  return new SkyrocketError('TASK_FAILED', sentences[what]);
}

/** Without its helper a command cannot be waited for, so it must not go on. */
function loseHelper(channel: Channel, reason: string): void {
  if (!channel.isAlive) return;
  channel.isAlive = false;
  for (const running of channel.running.values()) {
    if (running.pid !== null) signalGroup(running.pid, 'SIGKILL');
    running.release();
    const sentence = `${nameOf(running.command)} was killed: the helper process that started it is gone (${reason})`;
    running.reject(new SkyrocketError('TASK_FAILED', sentence));
  }
  channel.running.clear();
}

async function stop(channel: Channel): Promise<void> {
  if (!channel.isAlive) return;
  setBusy(channel);
  const ended = new Promise((resolve) => channel.process.once('exit', resolve));
  channel.orders.end();
  await ended;
}

// A worker that has forgotten to stop the spawner can end all the same while no command runs.

function setIdle(channel: Channel): void {
  channel.process.unref();
  for (const stream of [channel.orders, channel.events]) if (stream instanceof Socket) stream.unref();
}

function setBusy(channel: Channel): void {
  channel.process.ref();
  for (const stream of [channel.orders, channel.events]) if (stream instanceof Socket) stream.ref();
}
