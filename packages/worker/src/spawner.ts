import type { Screens } from './command-output.ts';
import type { RunCommand } from './run-command.ts';
import { type HelperProcess, startHelperProcess } from './spawner-channel.ts';

/** Starts commands for this process from a small helper process. */
export interface Spawner {
  run: RunCommand;
  /** Kills what runs, at once. */
  kill(): void;
  /** Ends the helper process, and with it (SIGTERM, two seconds, SIGKILL) the commands that still run. May be repeated. */
  stop(): Promise<void>;
}

export interface SpawnerOptions {
  /** How long commands may take to end after an abort. */
  graceSeconds?: number;
  /** Where output is shown that is neither captured nor sent to a file. Default: this process's own streams. */
  screens?: Screens;
}

/** The helper process is started by the first command, and again should it die. */
export function startSpawner(options: SpawnerOptions = {}): Spawner {
  const settings = {
    graceSeconds: options.graceSeconds ?? 10,
    screens: options.screens ?? { stdout: process.stdout, stderr: process.stderr },
  };
  let helper: HelperProcess | null = null;
  const living = () => {
    if (!helper?.isAlive()) helper = startHelperProcess(settings);
    return helper;
  };
  return {
    run: (command) => living().run(command),
    kill: () => helper?.kill(),
    stop: async () => helper?.stop(),
  };
}
