import type { FWAction } from '@skyrocket/model/action';
import type { FwId } from '@skyrocket/model/ids';
import type { FWorker } from '@skyrocket/model/records';
import type { UserMap } from '@skyrocket/model/user-data';
import type { RunCommand } from './run-command.ts';

/**
 * A Firetask that runs in the worker's own process. It returns the action it asks for, null for none, and throws to
 * fizzle the Firework (a SkyrocketError TASK_FAILED where the reason is known). When `context.signal` is aborted it
 * ends soon; the processes that it started by `context.run` are ended for it.
 */
export type Firetask = (parameters: UserMap, context: FiretaskContext) => Promise<Partial<FWAction> | null>;

/** What a Firetask may see and use. */
export interface FiretaskContext {
  /** The running spec: what the file said, with the changes of earlier tasks and `_fw_env`. Not to be changed. */
  spec: UserMap;
  /** The launch directory, absolute. Relative paths in parameters are relative to it. */
  launchDir: string;
  fwId: FwId;
  name: string;
  fworker: FWorker;
  /** TEMPLATE_DIR of FW_config.yaml. */
  templateDir: string | null;
  /** The interpreter that Python Firetasks run in: a path or a name on PATH. */
  python: string;
  signal: AbortSignal;
  /** Runs a command in the launch directory, in a process group of its own. */
  run: RunCommand;
  /** Prints on the task's standard output, kept with the tail of the Launch's output. */
  print(text: string): void;
}
