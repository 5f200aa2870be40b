import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { FWAction } from '@skyrocket/model/action';
import { fwId } from '@skyrocket/model/ids';
import { fromPlain, isUserMap, toPlain, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from '../../src/firetask.ts';
import { startSpawner } from '../../src/spawner.ts';
import { builtInTasks } from '../../src/tasks/built-in.ts';

/** Runs Firetasks in a launch directory of their own, with real processes. */
export interface Trial {
  launchDir: string;
  /** Runs a built-in Firetask. */
  run(name: string, parameters: object, spec?: object): Promise<Partial<FWAction> | null>;
  /** Runs any Firetask. */
  runTask(task: Firetask, parameters: UserMap, spec?: UserMap): Promise<Partial<FWAction> | null>;
  /** Writes a file in the launch directory, and the directories above it; returns its path. */
  write(name: string, content: string | Buffer, mode?: number): Promise<string>;
  read(name: string): Promise<string>;
  /** What tasks printed, and what their commands showed. */
  shown(): string;
  context: FiretaskContext;
  interruption: AbortController;
  end(): Promise<void>;
}

export async function startTrial(changes: Partial<FiretaskContext> = {}): Promise<Trial> {
  const launchDir = await realpath(await mkdtemp(join(tmpdir(), 'skyrocket-trial-')));
  const screen = new PassThrough();
  const shown: Buffer[] = [];
  screen.on('data', (chunk: Buffer) => shown.push(chunk));
  const spawner = startSpawner({ graceSeconds: 5, screens: { stdout: screen, stderr: screen } });
  const interruption = new AbortController();
  const { signal } = interruption;
  const context: FiretaskContext = {
    spec: new Map(),
    launchDir,
    fwId: fwId(7),
    name: 'trial',
    fworker: { name: 'w1', category: '', query: new Map(), env: new Map() },
    templateDir: null,
    python: 'python3',
    signal,
    run: (command) => spawner.run({ signal, ...command }),
    print: (text) => shown.push(Buffer.from(text)),
    ...changes,
  };
  const runTask: Trial['runTask'] = (task, parameters, spec = new Map()) =>
    task(parameters, { ...context, spec });
  return {
    launchDir,
    context,
    interruption,
    runTask,
    async run(name, parameters, spec = {}) {
      const task = builtInTasks.get(name);
      if (!task) throw new Error(`${name} is not built in`);
      return runTask(task, userMap(parameters), userMap(spec));
    },
    async write(name, content, mode) {
      const path = join(launchDir, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      if (mode !== undefined) await chmod(path, mode);
      return path;
    },
    read: (name) => readFile(join(launchDir, name), 'utf8'),
    shown: () => Buffer.concat(shown).toString(),
    async end() {
      await spawner.stop();
      await rm(launchDir, { recursive: true, force: true });
    },
  };
}

export function userMap(plain: object): UserMap {
  const map = fromPlain(plain);
  if (isUserMap(map)) return map;
  throw new TypeError('a mapping is needed');
}

/** A plain value that Jest can compare; of mappings without their lack of a prototype. */
export function plain(value: UserValue | undefined): unknown {
  return value === undefined ? undefined : structuredClone(toPlain(value));
}
