import type { Log } from '@skyrocket/contract/log';
import type { FWAction } from '@skyrocket/model/action';
import type { FwId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import type { Screens } from './command-output.ts';
import { PythonTaskError } from './python-bridge-errors.ts';
import { openPythonFirework } from './python-bridge-firework.ts';
import { type Keeper, startKeeper } from './python-bridge-keeper.ts';
import type { PythonOptions, WorkerOptions } from './worker-options.ts';

/**
 * Python Firetasks run in the user's own Python, with the user's own FireWorks. One interpreter is kept for the life of
 * the worker (see python/skyrocket_bridge/keeper.py); it starts a process for each Firework, in which everything that
 * the Firework's Python tasks name is loaded before the first of its tasks runs.
 */
export interface PythonBridge {
  /**
   * Starts the process of one Firework and loads its Python tasks there.
   * @throws PythonImportError CANNOT_IMPORT when this worker has not what the tasks need, no interpreter or no FireWorks
   * included: nothing of the Firework has run
   * @throws PythonTaskError TASK_FAILED when the tasks can be imported, but not be made from their parameters; when
   * `signal` was aborted or the bridge was ended
   */
  open(firework: FireworkToOpen): Promise<PythonFirework>;
  /** Kills all processes, at once. */
  kill(): void;
  /** Ends the kept interpreter, and with it (SIGTERM, grace, SIGKILL) the tasks that still run. May be repeated. */
  stop(): Promise<void>;
}

export interface PythonBridgeOptions {
  python: PythonOptions;
  fworker: FWorker;
  nameUpdates: ReadonlyMap<string, string>;
  /** How long tasks may take to end after a signal, before they are killed. */
  graceSeconds: number;
  /** Where the output of tasks is shown that does not go to the launch directory. */
  screens: Screens;
  output: WorkerOptions['output'];
  log: Log;
}

export interface FireworkToOpen {
  fwId: FwId;
  /** Absolute; it is there. */
  launchDir: string;
  /** As the first task sees it, with `_tasks` and `_fw_env`. */
  spec: UserMap;
  /** Indexes in `_tasks` of those that run in Python; at least one. */
  pythonTasks: number[];
  /** Added to the worker's environment. */
  environment: Record<string, string>;
  /**
   * When it is aborted the Firework's process group gets a signal, a grace, then SIGKILL. The signal is the abort's reason
   * where that is the name of one (`SIGINT`), else SIGTERM.
   */
  signal: AbortSignal;
}

/** The process of one Firework. It runs one task at a time. */
export interface PythonFirework {
  /**
   * Runs the task at an index of `_tasks`; null when it asks for nothing. Tasks see the running spec as their earlier
   * tasks left it, live objects included; only what `runningSpec` has changed beside is told. Its values must not be
   * changed in place between two runs.
   * @throws PythonTaskError TASK_FAILED; SkyrocketError BAD_ACTION when what it returned is no action
   */
  run(index: number, runningSpec: UserMap): Promise<FWAction | null>;
  /** The last lines that it printed, about 8 KiB of each stream. */
  tail(): Promise<string>;
  /** Ends the process as a program ends: exit handlers run. What tasks have started in the background is left alone. */
  close(): Promise<void>;
}

/** The interpreter is started by the first Firework, and again should it die. */
export function startPythonBridge(options: PythonBridgeOptions): PythonBridge {
  let keeper: Keeper | null = null;
  let isOver = false;
  /** Where short names of tasks were found, so that the next process need not search all packages again. */
  const foundModules = new Map<string, string>();
  const living = () => {
    if (isOver) throw new PythonTaskError('no Python Firetask is started any more: the worker ends');
    if (!keeper?.isAlive()) keeper = startKeeper(options);
    return keeper;
  };
  return {
    async open(firework) {
      const opening = { firework, options, foundModules };
      const used = living();
      try {
        return await openPythonFirework({ ...opening, keeper: used });
      } catch (error) {
        const { problem } = await used.ready;
        if (used.isAlive() || problem !== null || firework.signal.aborted) throw error;
        // It is the kept interpreter that died. Nothing of the Firework has run, so that it may be tried again.
        return openPythonFirework({ ...opening, keeper: living() });
      }
    },
    kill() {
      isOver = true;
      keeper?.kill();
    },
    async stop() {
      isOver = true;
      await keeper?.stop();
    },
  };
}
