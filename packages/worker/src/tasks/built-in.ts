import type { Firetask } from '../firetask.ts';

/**
 * Firetasks that run in the worker, by `_fw_name`: format §11. The code of each is loaded when it first runs.
 * PyTask and the FilePad tasks are Python Firetasks.
 */
export const builtInTasks: ReadonlyMap<string, Firetask> = new Map([
  ['ScriptTask', lazily(async () => (await import('./script-task.ts')).scriptTask)],
]);

function lazily(load: () => Promise<Firetask>): Firetask {
  return async (parameters, context) => (await load())(parameters, context);
}
