import { isUserMap, type UserMap } from '@skyrocket/model/user-data';

/** Built-in tasks that start no program, and whether one with these parameters may write an FWAction file. */
const writers: ReadonlyMap<string, (parameters: UserMap) => boolean> = new Map([
  ['FileWriteTask', namesActionFile],
  ['FileDeleteTask', never],
  ['ForeachTask', never],
  ['ImportDataTask', never],
  ['JoinDictTask', never],
  ['JoinListTask', never],
]);

/**
 * Whether a task may leave an FWAction file in a directory that was made for its Launch: programs may, and what they
 * leave behind, such as links; so may tasks that take files from elsewhere.
 */
export function mayWriteActionFile(name: string, parameters: UserMap): boolean {
  return writers.get(name)?.(parameters) ?? true;
}

function never(): boolean {
  return false;
}

function namesActionFile(parameters: UserMap): boolean {
  const files = parameters.get('files_to_write');
  if (!Array.isArray(files)) return true;
  return files.some((file) => !isUserMap(file) || isActionFile(file.get('filename')));
}

/** Some file systems take no notice of the case. */
const isActionFile = (name: unknown) => typeof name !== 'string' || /fwaction/iu.test(name);
