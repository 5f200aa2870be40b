import { fwId } from '@skyrocket/model/ids';
import type { NewWorkflow } from '@skyrocket/model/records';
import { copyUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import type { Firetask } from '../firetask.ts';
import { optionalInteger, required, requiredMap, requiredText, taskFailed, wrongKind } from './parameters.ts';

const task = 'ForeachTask';

/** Makes a detour of one Firework for each chunk of a list in the spec: format §11. */
export const foreachTask: Firetask = async (parameters, { spec }) => {
  const own = { task, map: parameters };
  const split = requiredText(own, 'split');
  const repeated = requiredMap(own, 'task');
  const inputs = required({ task, map: repeated }, 'inputs');
  if (inputs !== split && !(Array.isArray(inputs) && inputs.includes(split)))
    throw taskFailed(task, `"split" names "${split}", which is not among the inputs of "task"`);
  const list = spec.get(split);
  if (list === undefined) throw taskFailed(task, `"split" names "${split}", which is not in the spec`);
  if (!Array.isArray(list)) throw wrongKind(own, `the spec's ${split}`, 'a list', list);
  if (list.length === 0)
    throw taskFailed(task, `the spec's ${split} is empty, so there is nothing to do for each`);
  const chunks = chunksOf(list, optionalInteger(own, 'number of chunks') || list.length);
  const detours = chunks.map((chunk, index) =>
    oneFirework(
      `${task} ${index}`,
      specOfChunk(spec, split, { chunk, task: new Map(repeated).set('chunk_number', index) }),
    ),
  );
  return { detours };
};

function chunksOf(list: UserValue[], wanted: number): UserValue[][] {
  if (wanted < 1) throw taskFailed(task, `"number of chunks" must be at least 1, not ${wanted}`);
  const length = Math.ceil(list.length / wanted);
  const chunks: UserValue[][] = [];
  for (let start = 0; start < list.length; start += length) chunks.push(list.slice(start, start + length));
  return chunks;
}

/** What belongs to this run alone: the worker's environment and the task to go on with. */
const keysOfThisRun = ['_fw_env', '_recovery'];

function specOfChunk(
  spec: UserMap,
  split: string,
  { chunk, task }: { chunk: UserValue[]; task: UserMap },
): UserMap {
  const own = copyUserMap(spec).set(split, chunk).set('_tasks', [task]);
  for (const key of keysOfThisRun) own.delete(key);
  return own;
}

function oneFirework(name: string, spec: UserMap): NewWorkflow {
  const id = fwId(-1);
  return {
    name,
    metadata: new Map(),
    fireworks: [{ fwId: id, name, spec, state: 'WAITING', launches: [], archivedLaunches: [] }],
    links: new Map([[id, []]]),
  };
}
