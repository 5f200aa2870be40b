import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@skyrocket/contract/log';
import type { FWAction } from '@skyrocket/model/action';
import { fwId } from '@skyrocket/model/ids';
import { applyActionToSpec } from '@skyrocket/model/spec-edits';
import { defaultNameUpdates } from '@skyrocket/model/task-names';
import { fromPlain, isUserMap, type UserMap } from '@skyrocket/model/user-data';
import {
  type FireworkToOpen,
  type PythonBridge,
  type PythonBridgeOptions,
  type PythonFirework,
  startPythonBridge,
} from '../src/python-bridge.ts';
import type { PythonOptions } from '../src/worker-options.ts';

/** The interpreter of an environment that scripts/python-env makes, or $FIREWORKS_PYTHON, to try other versions. */
export function pythonWithFireWorks(): string {
  if (process.env.FIREWORKS_PYTHON) return process.env.FIREWORKS_PYTHON;
  const script = fileURLToPath(new URL('../../../scripts/python-env', import.meta.url));
  const directory = execFileSync(script, ['fireworks'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return join(directory.trim(), 'bin', 'python');
}

/** The Firetasks of these tests are on the path of every Python that is started from here. */
process.env.PYTHONPATH = fileURLToPath(new URL('./python-tasks', import.meta.url));

export interface Workbench {
  bridge: PythonBridge;
  /** The interpreter. */
  python: string;
  /** A launch directory. */
  directory: string;
  /** All that tasks have printed through the worker. */
  printed: { stdout: string; stderr: string };
  /** Opens a Firework of which all tasks are in Python. */
  open(firework: Partial<Omit<FireworkToOpen, 'spec'>> & { spec: object }): Promise<PythonFirework>;
  end(): Promise<void>;
}

/** A bridge to real Python, with the settings that most tests share. */
export function workbench(
  options: Partial<Omit<PythonBridgeOptions, 'python'>> = {},
  python: Partial<PythonOptions> = {},
): Workbench {
  const directory = mkdtempSync(join(tmpdir(), 'skyrocket-python-'));
  const printed = { stdout: '', stderr: '' };
  const chosen: PythonOptions = {
    python: pythonWithFireWorks(),
    start: 'fork',
    userPackages: null,
    launchpadFile: null,
    ...python,
  };
  const bridge = startPythonBridge({
    fworker: { name: 'bench', category: '', query: new Map(), env: new Map() },
    nameUpdates: defaultNameUpdates,
    graceSeconds: 1,
    screens: { stdout: keep(printed, 'stdout'), stderr: keep(printed, 'stderr') },
    output: 'terminal',
    log: silentLog,
    ...options,
    python: chosen,
  });
  return {
    bridge,
    python: chosen.python,
    directory,
    printed,
    open: ({ spec, ...rest }) =>
      bridge.open({
        fwId: fwId(7),
        launchDir: directory,
        pythonTasks: taskIndexes(spec),
        environment: {},
        signal: new AbortController().signal,
        ...rest,
        spec: userMap(spec),
      }),
    async end() {
      await bridge.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function keep(printed: Workbench['printed'], name: 'stdout' | 'stderr'): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      printed[name] = (printed[name] + String(chunk)).slice(-100_000);
      done();
    },
  });
}

export function userMap(plain: object): UserMap {
  const value = fromPlain(plain);
  if (!isUserMap(value)) throw new TypeError('a mapping is expected');
  return value;
}

function taskIndexes(spec: object): number[] {
  const tasks = userMap(spec).get('_tasks');
  return Array.isArray(tasks) ? tasks.map((_, index) => index) : [];
}

/** A spec with these Firetasks of `python-tasks/`, named `module.Class`, and nothing else. */
export function specOf(...names: string[]): { _tasks: { _fw_name: string }[]; _fw_env: object } {
  return { _tasks: names.map((name) => ({ _fw_name: `{{${name}}}` })), _fw_env: {} };
}

/** Runs all tasks of a Firework as a worker does, closes it, and returns the actions. */
export async function runAll(bench: Workbench, spec: object): Promise<(FWAction | null)[]> {
  const firework = await bench.open({ spec });
  try {
    const actions = [];
    let running = userMap(spec);
    for (const index of taskIndexes(spec)) {
      const action = await firework.run(index, running);
      if (action) running = applyActionToSpec(running, action);
      actions.push(action);
    }
    return actions;
  } finally {
    await firework.close();
  }
}
