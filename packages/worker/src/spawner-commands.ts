import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { endGroup, type GroupEnding } from './process-group.ts';
import {
  type EndReport,
  type Frame,
  readEnvironment,
  readInterrupt,
  readStart,
  readTaken,
  type StartFailure,
  type StartOrder,
  type TakenOrder,
  windowBytes,
  writeFrame,
  writeRecordFrame,
} from './spawner-frames.ts';
import { type CommandLines, createCommandLines } from './spawner-lines.ts';

/** The commands that the helper process has started and that have not ended. */
export interface CommandTable {
  /** Does what an order of the worker says. */
  obey(order: Frame): void;
  /** Ends every command: SIGTERM, the grace, SIGKILL. Then calls back. */
  endAll(graceSeconds: number, done: () => void): void;
}

export function createCommandTable(send: (frame: Buffer) => void): CommandTable {
  const notStarted = (command: number) => send(writeFrame('notStarted', command));
  const lines = createCommandLines(notStarted);
  const table: Table = { send, running: new Map(), lines, environment: {} };
  return {
    obey: (order) => obey(table, order),
    endAll: (graceSeconds, done) => endAll(table, graceSeconds, done),
  };
}

interface Table {
  send(frame: Buffer): void;
  running: Map<number, Running>;
  lines: CommandLines;
  /** That of the worker. */
  environment: NodeJS.ProcessEnv;
}

interface Running {
  id: number;
  pid: number;
  child: ChildProcess;
  /** The pipes that are still open. */
  outputs: Output[];
  /** Whether it was signalled before its exit. */
  isInterrupted: boolean;
  /** Set at its exit, until the worker has been told. */
  end: EndReport | null;
  isDraining: boolean;
  /** Endings asked for that are not through: the command is over when its whole process group is. */
  endings: number;
  /** The worker has been told of its end. */
  isEnded: boolean;
}

interface Output {
  name: 'stdout' | 'stderr';
  stream: Readable;
  /** Bytes that the worker has not yet taken. */
  underWay: number;
  /** Bytes read since {@link drain} last looked, and since the exit. */
  fresh: number;
  sinceExit: number;
  /** Nothing that was written before the command's exit is left in it. */
  isDrained: boolean;
}

/** More than a pipe holds: whatever follows was written after the exit, by a process left behind. */
const pipeCapacityBytes = 1024 * 1024;

function obey(table: Table, order: Frame): void {
  if (order.kind === 'environment') {
    table.environment = readEnvironment(order);
    return;
  }
  if (order.kind === 'start') {
    const wanted = readStart(order);
    if (wanted.line === undefined || !table.lines.join(wanted.line, order))
      start(table, order.command, wanted);
    return;
  }
  if (order.kind === 'interrupt' && table.lines.leave(order.command)) {
    table.send(writeFrame('notStarted', order.command));
    return;
  }
  if (table.lines.keep(order)) return;
  const running = table.running.get(order.command);
  if (!running) return;
  if (order.kind === 'taken') resumeOutput(table, running, readTaken(order));
  else if (order.kind === 'interrupt') interrupt(table, running, readInterrupt(order));
  else if (order.kind === 'stdinEnd') running.child.stdin?.end();
  else if (order.kind === 'stdin') feed(table, running, order.bytes);
}

/** The next of the line of a command that is over. */
function startNext(table: Table, command: number): void {
  const [first, ...others] = table.lines.next(command);
  if (!first) return;
  start(table, first.command, readStart(first));
  for (const order of others) obey(table, order);
}

function start(table: Table, id: number, order: StartOrder): void {
  const failed = (failure: StartFailure) => {
    table.send(writeRecordFrame('failed', id, failure));
    startNext(table, id);
  };
  const opened = openFiles(order);
  if ('what' in opened) {
    failed(opened);
    return;
  }
  const fail = (error: Error) => failed(startFailure(order, error));
  try {
    const child = spawn(order.program, order.args, {
      cwd: order.cwd,
      env: order.env ? { ...table.environment, ...order.env } : table.environment,
      detached: true,
      stdio: opened.stdio,
    });
    if (child.pid === undefined) child.on('error', fail);
    else watch(table, id, child, child.pid);
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  } finally {
    for (const file of opened.files) closeSync(file);
  }
}

interface OpenedFiles {
  stdio: ('ignore' | 'pipe' | number)[];
  files: number[];
}

function openFiles(order: StartOrder): OpenedFiles | StartFailure {
  const opened: OpenedFiles = { stdio: [], files: [] };
  for (const what of ['stdin', 'stdout', 'stderr'] as const) {
    const wanted = order[what];
    if (typeof wanted === 'string') {
      opened.stdio.push(wanted === 'nothing' ? 'ignore' : 'pipe');
      continue;
    }
    try {
      const file = openSync(wanted.file, what === 'stdin' ? 'r' : 'a');
      opened.stdio.push(file);
      opened.files.push(file);
    } catch (error) {
      for (const file of opened.files) closeSync(file);
      return { what, path: wanted.file, reason: reasonOf(error) };
    }
  }
  return opened;
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** The system reports a missing working directory as if the program were missing. */
function startFailure(order: StartOrder, error: Error): StartFailure {
  const isDirectory = statSync(order.cwd, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return isDirectory
    ? { what: 'program', path: order.program, reason: error.message }
    : { what: 'directory', path: order.cwd, reason: 'there is no such directory' };
}

function watch(table: Table, id: number, child: ChildProcess, pid: number): void {
  const running: Running = {
    id,
    pid,
    child,
    outputs: [],
    isInterrupted: false,
    end: null,
    isDraining: false,
    endings: 0,
    isEnded: false,
  };
  table.running.set(id, running);
  const report = Buffer.allocUnsafe(4);
  report.writeUInt32LE(pid);
  table.send(writeFrame('started', id, report));
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = child[name];
    if (stream) watchOutput(table, running, { name, stream, ...nothingRead });
  }
  // A command need not read all that it is given.
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  child.on('exit', (exitCode, signal) => {
    running.end = { exitCode, signal, interrupted: running.isInterrupted };
    drain(table, running);
  });
}

const nothingRead = { underWay: 0, fresh: 0, sinceExit: 0, isDrained: false };

function watchOutput(table: Table, running: Running, output: Output): void {
  const { name, stream } = output;
  running.outputs.push(output);
  stream.on('data', (chunk: Buffer) => {
    output.underWay += chunk.length;
    output.fresh += chunk.length;
    if (running.end) output.sinceExit += chunk.length;
    table.send(writeFrame(name, running.id, chunk));
    if (output.underWay >= windowBytes) stream.pause();
  });
  stream.on('error', () => {});
  stream.on('close', () => {
    running.outputs = running.outputs.filter((other) => other !== output);
    endIfOver(table, running);
  });
}

function resumeOutput(table: Table, running: Running, order: TakenOrder): void {
  const output = running.outputs.find((candidate) => candidate.name === order.stream);
  if (!output) return;
  output.underWay -= order.bytes;
  if (!output.stream.isPaused() || output.underWay >= windowBytes) return;
  output.stream.resume();
  if (running.end) drain(table, running);
}

/**
 * After the exit of a command, what it wrote is still in the pipes, and a process that it left behind may hold them
 * open for ever. A turn of the event loop that could read and found nothing proves that all of it has been read.
 */
function drain(table: Table, running: Running): void {
  if (running.isDraining) return;
  running.isDraining = true;
  for (const output of running.outputs) output.fresh = 0;
  const look = () => {
    running.isDraining = false;
    for (const output of running.outputs) {
      if (output.fresh === 0 && !output.stream.isPaused()) output.isDrained = true;
      if (output.sinceExit > pipeCapacityBytes) output.isDrained = true;
    }
    if (running.outputs.some((output) => !output.isDrained && output.fresh > 0)) drain(table, running);
    else endIfOver(table, running);
  };
  // The first of the two may come without a poll for input in between; before the second there is one.
  setImmediate(() => setImmediate(look));
}

/** Tells of the end once. Processes that the command left behind may go on writing; their output is still shown. */
function endIfOver(table: Table, running: Running): void {
  if (running.end && running.endings === 0 && running.outputs.every((output) => output.isDrained)) {
    table.send(writeRecordFrame('ended', running.id, running.end));
    running.end = null;
    running.isEnded = true;
    startNext(table, running.id);
  }
  if (running.isEnded && running.outputs.length === 0) table.running.delete(running.id);
}

function feed(table: Table, running: Running, bytes: Buffer): void {
  const taken = Buffer.allocUnsafe(4);
  taken.writeUInt32LE(bytes.length);
  running.child.stdin?.write(bytes, () => table.send(writeFrame('stdinTaken', running.id, taken)));
}

function interrupt(table: Table, running: Running, ending: GroupEnding): void {
  if (running.isEnded) return;
  running.isInterrupted = true;
  running.endings++;
  endGroup(running.pid, ending, () => {
    running.endings--;
    endIfOver(table, running);
  });
}

function endAll(table: Table, graceSeconds: number, done: () => void): void {
  table.lines.clear();
  const left = [...table.running.values()].filter((running) => !running.isEnded);
  let count = left.length;
  if (count === 0) done();
  for (const { pid } of left) {
    endGroup(pid, { signal: 'SIGTERM', graceSeconds }, () => {
      if (--count === 0) done();
    });
  }
}
