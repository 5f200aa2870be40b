import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { controlFrame, messageFrame } from '../src/python-bridge-frames.ts';
import { eventually, isOver } from './processes.ts';
import { pythonWithFireWorks, specOf, userMap } from './python-workbench.ts';

// Importing FireWorks takes seconds on a busy machine.

const keepers: ChildProcess[] = [];
const directories: string[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.kill('SIGKILL');
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A kept interpreter without a worker, which runs a Firetask that ignores SIGTERM and has started a process. */
async function keeperWithStubbornTask() {
  const directory = mkdtempSync(join(tmpdir(), 'skyrocket-orphans-'));
  directories.push(directory);
  const script = join(import.meta.dirname, '..', 'python', 'bridge.py');
  const keeper = spawn(pythonWithFireWorks(), [script, 'keep', 'fork', '0.2'], {
    env: process.env,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
  });
  keepers.push(keeper);
  const control = channelOf(keeper, 3);
  channelOf(keeper, 4).resume();
  control.resume();
  const say = (channel: number, message: object) =>
    control.write(controlFrame(channel, encode(message, channel)));
  const spec = specOf('lab_failures.HangStubbornly');
  const settings = { userPackages: null, nameUpdates: {}, foundModules: {}, worker: {} };
  say(0, { op: 'start', id: 1 });
  const place = { launchDir: directory, environment: {}, output: null };
  say(1, { open: { fwId: 7, spec, pythonTasks: [0], limit: 1_000_000, settings, ...place } });
  say(1, { run: { index: 0, spec: { adopt: [], unset: [], set: {} } } });
  const pids = await Promise.all(['hangs', 'child'].map((name) => pidIn(join(directory, name))));
  return { keeper, control, pids };
}

function encode(message: object, channel: number): Buffer {
  const json = stringifyJson(userMap(message));
  return channel === 0 ? Buffer.from(json) : messageFrame(json);
}

function channelOf(keeper: ChildProcess, fd: 3 | 4): Duplex {
  const stream = keeper.stdio[fd];
  if (stream instanceof Duplex) return stream;
  throw new Error('the kept interpreter has no channel');
}

async function pidIn(file: string): Promise<number> {
  await eventually(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  return Number(readFileSync(file, 'utf8'));
}

describe('Python Firetasks do not outlive', () => {
  it('a worker that is killed: its channels end', async () => {
    const { keeper, control, pids } = await keeperWithStubbornTask();
    const ended = new Promise((resolve) => keeper.once('exit', resolve));
    control.destroy();
    expect(await ended).toBe(0);
    for (const pid of pids) await eventually(() => isOver(pid));
  });

  it('the kept interpreter, should it be killed together with the worker', async () => {
    const { keeper, pids } = await keeperWithStubbornTask();
    keeper.kill('SIGKILL');
    for (const pid of pids) await eventually(() => isOver(pid));
  });
});
