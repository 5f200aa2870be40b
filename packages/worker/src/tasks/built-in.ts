import type { Firetask } from '../firetask.ts';

/**
 * Firetasks that run in the worker, by `_fw_name`: format §11. The code of each is loaded when it first runs.
 * PyTask and the FilePad tasks are Python Firetasks.
 */
export const builtInTasks: ReadonlyMap<string, Firetask> = new Map([
  ['ScriptTask', lazily(async () => (await import('./script-task.ts')).scriptTask)],
  ['TemplateWriterTask', lazily(async () => (await import('./template-writer-task.ts')).templateWriterTask)],
  ['FileWriteTask', lazily(async () => (await import('./file-write-task.ts')).fileWriteTask)],
  ['FileDeleteTask', lazily(async () => (await import('./file-delete-task.ts')).fileDeleteTask)],
  ['FileTransferTask', lazily(async () => (await import('./file-transfer-task.ts')).fileTransferTask)],
  ['CompressDirTask', lazily(async () => (await import('./compress-dir-task.ts')).compressDirTask)],
  ['DecompressDirTask', lazily(async () => (await import('./compress-dir-task.ts')).decompressDirTask)],
  ['ArchiveDirTask', lazily(async () => (await import('./archive-dir-task.ts')).archiveDirTask)],
  ['CommandLineTask', lazily(async () => (await import('./command-line-task.ts')).commandLineTask)],
  ['ForeachTask', lazily(async () => (await import('./foreach-task.ts')).foreachTask)],
  ['JoinDictTask', lazily(async () => (await import('./join-tasks.ts')).joinDictTask)],
  ['JoinListTask', lazily(async () => (await import('./join-tasks.ts')).joinListTask)],
  ['ImportDataTask', lazily(async () => (await import('./import-data-task.ts')).importDataTask)],
]);

/** Node looks for a module anew whenever it is imported, which takes longer than a short task. */
function lazily(load: () => Promise<Firetask>): Firetask {
  let task: Firetask | null = null;
  return async (parameters, context) => {
    task ??= await load();
    return task(parameters, context);
  };
}
