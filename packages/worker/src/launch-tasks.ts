import type { FWAction } from '@skyrocket/model/action';
import { kindOf } from '@skyrocket/model/document-fault';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isUserMap, type UserMap } from '@skyrocket/model/user-data';
import type { Firetask, FiretaskContext } from './firetask.ts';
import { isJsFiretaskName, jsFiretask } from './js-firetask.ts';
import type { LaunchOutput } from './launch-output.ts';
import type { PythonBridge, PythonFirework } from './python-bridge.ts';
import type { Interruption, StartedLaunch } from './started-launch.ts';
import { mayWriteActionFile } from './tasks/action-file-writers.ts';
import { builtInTasks } from './tasks/built-in.ts';
import type { WorkerOptions } from './worker-options.ts';

/** The tasks of one Launch, whatever language they are written in. */
export interface LaunchTasks {
  mappings: UserMap[];
  /** Runs the task at an index; null when it asks for nothing. The spec must not be changed in place afterwards. */
  run(index: number, spec: UserMap): Promise<Partial<FWAction> | null>;
  /** Whether the task at an index may leave an FWAction file. */
  mayWriteActionFile(index: number): boolean;
  /** The last lines that tasks have printed. */
  tail(): Promise<string>;
  /** Ends what was kept for the tasks; may be repeated. Not there where nothing is. */
  close?(): Promise<void>;
}

export interface TasksToOpen {
  launch: StartedLaunch;
  /** Whose `_tasks` they are, as the first of them sees it. */
  spec: UserMap;
  output: LaunchOutput;
  /** Added to the environment of Python tasks; that of commands is the output's. */
  environment: Record<string, string>;
  interruption: Interruption;
  worker: WorkerOptions;
  bridge: PythonBridge;
}

/**
 * Makes the tasks of a spec ready to run; Python ones are loaded now, so that what is missing is known before anything
 * has run.
 * @throws SkyrocketError CANNOT_IMPORT, TASK_FAILED
 */
export async function openTasks(request: TasksToOpen): Promise<LaunchTasks> {
  const { spec, output, worker } = request;
  const mappings = readTasks(spec);
  const inProcess = mappings.map((mapping) => firetaskOf(mapping, worker));
  const python = inProcess.includes(null) ? await openPython(request, inProcess) : null;
  return {
    mappings,
    run(index, runningSpec) {
      const task = inProcess[index];
      const mapping = mappings[index];
      if (!task || !mapping) return python ? python.run(index, runningSpec) : nothing;
      return task(mapping, new TaskContext(request, runningSpec));
    },
    mayWriteActionFile(index) {
      const mapping = mappings[index];
      return !mapping || mayWriteActionFile(nameOf(mapping, worker), mapping);
    },
    async tail() {
      return output.tail() + ((await python?.tail()) ?? '');
    },
    ...(python && { close: () => python.close() }),
  };
}

const nothing = Promise.resolve(null);

/** The signal is made only for tasks that ask for it. */
class TaskContext implements FiretaskContext {
  readonly spec: UserMap;
  readonly launchDir: string;
  readonly fwId: FiretaskContext['fwId'];
  readonly name: string;
  readonly fworker: FiretaskContext['fworker'];
  readonly templateDir: string | null;
  readonly python: string;
  readonly run: FiretaskContext['run'];
  readonly print: FiretaskContext['print'];
  readonly #interruption: Interruption;

  constructor({ launch, worker, output, interruption }: TasksToOpen, spec: UserMap) {
    this.spec = spec;
    this.launchDir = launch.launchDir;
    this.fwId = launch.firework.fwId;
    this.name = launch.firework.name;
    this.fworker = worker.fworker;
    this.templateDir = worker.templateDir;
    this.python = worker.python.python;
    this.run = output.run;
    this.print = output.print;
    this.#interruption = interruption;
  }

  get signal() {
    return this.#interruption.signal;
  }
}

/** `_fw_name` of each task, as it is written. */
export function taskClasses(spec: UserMap): string[] {
  const tasks = spec.get('_tasks');
  return (Array.isArray(tasks) ? tasks : [tasks ?? null]).map((task) =>
    isUserMap(task) ? String(task.get('_fw_name')) : '',
  );
}

/** One mapping counts as a list of one, as when FireWorks reads it: format §1.2. */
function readTasks(spec: UserMap): UserMap[] {
  const tasks = spec.get('_tasks') ?? [];
  return (Array.isArray(tasks) ? tasks : [tasks]).map((task, i) => {
    if (isUserMap(task) && typeof task.get('_fw_name') === 'string') return task;
    const what = isUserMap(task) ? 'a mapping without the text "_fw_name"' : kindOf(task);
    throw new SkyrocketError('TASK_FAILED', `spec._tasks[${i}] is no Firetask but ${what}`);
  });
}

/** Null for a Python Firetask. */
function firetaskOf(mapping: UserMap, worker: WorkerOptions): Firetask | null {
  const name = nameOf(mapping, worker);
  if (isJsFiretaskName(name)) return jsFiretask({ name, directory: worker.directory });
  return builtInTasks.get(name) ?? null;
}

/** As the worker's settings have it. */
function nameOf(mapping: UserMap, { nameUpdates }: WorkerOptions): string {
  const written = String(mapping.get('_fw_name'));
  return nameUpdates.get(written) ?? written;
}

function openPython(request: TasksToOpen, inProcess: (Firetask | null)[]): Promise<PythonFirework> {
  const pythonTasks = inProcess.flatMap((task, index) => (task ? [] : [index]));
  const { bridge, launch, spec, environment, interruption } = request;
  const { launchDir, firework } = launch;
  const { signal } = interruption;
  return bridge.open({ fwId: firework.fwId, launchDir, spec, pythonTasks, environment, signal });
}
