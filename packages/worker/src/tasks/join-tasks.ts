import type { UserMap, UserValue } from '@skyrocket/model/user-data';
import { isUserMap } from '@skyrocket/model/user-data';
import type { Firetask } from '../firetask.ts';
import {
  asText,
  given,
  requiredList,
  requiredMap,
  requiredText,
  type TaskParameters,
  taskFailed,
  wrongKind,
} from './parameters.ts';

/** Adds values of the spec, under their names or those of `rename`, to a mapping of the spec: format §11. */
export const joinDictTask: Firetask = async (parameters, { spec }) => {
  const own = { task: 'JoinDictTask', map: parameters };
  const output = requiredText(own, 'output');
  const rename = given(own, 'rename') === undefined ? new Map() : requiredMap(own, 'rename');
  const before = spec.get(output) ?? new Map();
  if (!isUserMap(before)) throw wrongKind(own, `the spec's ${output}`, 'a mapping', before);
  const joined: UserMap = new Map(before);
  for (const [name, value] of inputsOf(own, spec))
    joined.set(asText(own, `rename.${name}`, rename.get(name) ?? name), value);
  return { updateSpec: new Map([[output, joined]]) };
};

/** Appends values of the spec to a list of the spec: format §11. */
export const joinListTask: Firetask = async (parameters, { spec }) => {
  const own = { task: 'JoinListTask', map: parameters };
  const output = requiredText(own, 'output');
  const before = spec.get(output) ?? [];
  if (!Array.isArray(before)) throw wrongKind(own, `the spec's ${output}`, 'a list', before);
  const values = inputsOf(own, spec).map(([, value]) => value);
  return { updateSpec: new Map([[output, [...before, ...values]]]) };
};

function inputsOf(parameters: TaskParameters, spec: UserMap): [string, UserValue][] {
  return requiredList(parameters, 'inputs').map((input) => {
    const name = asText(parameters, 'inputs', input);
    const value = spec.get(name);
    if (value === undefined)
      throw taskFailed(parameters.task, `"inputs" names "${name}", which is not in the spec`);
    return [name, value];
  });
}
