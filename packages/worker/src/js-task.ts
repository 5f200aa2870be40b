import type { Float, UserMap } from '@skyrocket/model/user-data';

/**
 * What JavaScript and TypeScript Firetasks are written with: see docs/firetasks.md. A workflow file names one as
 * `js:./tasks.mjs#MyTask`; it runs in a process of its own, with the launch directory as its current directory.
 */

/**
 * Types a Firetask; at run time it returns the function as it is.
 *
 *     export const Square = defineFiretask<{ number: number }>(({ number }) => ({ update_spec: { square: number ** 2 } }));
 */
export function defineFiretask<Parameters extends object = PlainMap>(
  run: JsFiretask<Parameters>,
): JsFiretask<Parameters> {
  return run;
}

/** Returns what the Firework is to do next, or nothing; throws to fizzle the Firework. */
export type JsFiretask<Parameters extends object = PlainMap> = (
  parameters: Parameters,
  context: JsFiretaskContext,
) => JsAction | null | undefined | Promise<JsAction | null | undefined>;

/** A mapping of user data as a plain object without a prototype. */
export type PlainMap = Record<string, unknown>;

export interface JsFiretaskContext {
  /** The spec as this task sees it: what the file said, with the changes of earlier tasks, and `_fw_env`. */
  spec: PlainMap;
  fwId: number;
  /** The Firework's name. */
  name: string;
  /** The launch directory, absolute; also the current directory. */
  launchDir: string;
  /** Who runs the task. */
  fworker: { name: string; category: string | string[]; query: PlainMap; env: PlainMap };
  /**
   * Aborted when the task has to end soon. A task that never looks at it is ended by the signal itself; one that does is
   * killed when the grace is over.
   */
  signal: AbortSignal;
  /** Makes a number a float for Python and MongoDB even when it is whole: `float(1)` is stored as `1.0`. */
  float(value: number): number | Float;
  /** Parameters and spec without any loss: order of integer-like keys, integers above 2^53, `1.0` beside `1`. */
  lossless: { parameters: UserMap; spec: UserMap };
}

/** An FWAction: docs/firetasks.md tells what each key does. Everything may be left out. */
export interface JsAction {
  stored_data?: object;
  exit?: boolean;
  update_spec?: object;
  mod_spec?: object | object[];
  additions?: object | object[];
  detours?: object | object[];
  append_wfs?: object | object[];
  defuse_children?: boolean;
  defuse_workflow?: boolean;
  propagate?: boolean;
}
