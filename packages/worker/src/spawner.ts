import type { Screens } from './command-output.ts';
import type { Command, RunCommand } from './run-command.ts';
import { type HelperProcess, startHelperProcess } from './spawner-channel.ts';

/** Starts commands for this process from small helper processes. */
export interface Spawner {
  run: RunCommand;
  /** Kills what runs, at once. */
  kill(): void;
  /** Ends the helper processes, and with them (SIGTERM, two seconds, SIGKILL) the commands that still run. May be repeated. */
  stop(): Promise<void>;
}

export interface SpawnerOptions {
  /** How long commands may take to end after an abort. */
  graceSeconds?: number;
  /** Where output is shown that is neither captured nor sent to a file. Default: this process's own streams. */
  screens?: Screens;
}

/**
 * While a process is being started, whoever starts it waits: a second helper process starts commands meanwhile, where there
 * are lines of short ones. With more of them the worker itself would be the slower part.
 */
const helpersAtMost = 2;

/** Each helper process is started by the first command for it, and again should it die. */
export function startSpawner(options: SpawnerOptions = {}): Spawner {
  const settings = {
    graceSeconds: options.graceSeconds ?? 10,
    screens: options.screens ?? { stdout: process.stdout, stderr: process.stderr },
  };
  const helpers = new Map<number, HelperProcess>();
  /** Commands of one line need the same one. */
  const helperFor = ({ line = 0 }: Command) => {
    const place = line % helpersAtMost;
    const known = helpers.get(place);
    const helper = known?.isAlive() ? known : startHelperProcess(settings);
    helpers.set(place, helper);
    return helper;
  };
  return {
    run: (command) => helperFor(command).run(command),
    kill() {
      for (const helper of helpers.values()) helper.kill();
    },
    async stop() {
      await Promise.all([...helpers.values()].map((helper) => helper.stop()));
    },
  };
}
