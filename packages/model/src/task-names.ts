/** Firetasks that come with FireWorks (format §11), and old names that FW_NAME_UPDATES renames (format §1.5). */
export const builtInTaskNames: ReadonlySet<string> = new Set([
  'ScriptTask',
  'PyTask',
  'TemplateWriterTask',
  'FileWriteTask',
  'FileDeleteTask',
  'FileTransferTask',
  'CompressDirTask',
  'DecompressDirTask',
  'ArchiveDirTask',
  'CommandLineTask',
  'ForeachTask',
  'JoinDictTask',
  'JoinListTask',
  'ImportDataTask',
  'AddFilesTask',
  'GetFilesTask',
  'GetFilesByQueryTask',
  'DeleteFilesTask',
  'Transfer Task',
  'Script Task',
  'Template Writer Task',
]);

export const defaultNameUpdates: ReadonlyMap<string, string> = new Map([
  ['Transfer Task', 'FileTransferTask'],
  ['Script Task', 'ScriptTask'],
  ['Template Writer Task', 'TemplateWriterTask'],
  ['Dupe Finder Exact', 'DupeFinderExact'],
]);
