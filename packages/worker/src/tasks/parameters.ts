import { kindOf } from '@skyrocket/model/document-fault';
import { SkyrocketError } from '@skyrocket/model/errors';
import { isTruthy, isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/** The parameters of one Firetask, and the name that messages give it. */
export interface TaskParameters {
  task: string;
  map: UserMap;
}

export function taskFailed(task: string, sentence: string, options?: ErrorOptions): SkyrocketError {
  return new SkyrocketError('TASK_FAILED', `${task}: ${sentence}`, options);
}

/** Where parameters are looked up: in the task, or with `use_global_spec` in the spec. */
export function ownOrGlobal(task: string, parameters: UserMap, spec: UserMap): TaskParameters {
  return { task, map: isTruthy(parameters.get('use_global_spec')) ? spec : parameters };
}

/** Null and absent are the same here. */
export function given({ map }: TaskParameters, key: string): UserValue | undefined {
  return map.get(key) ?? undefined;
}

export function required(parameters: TaskParameters, key: string): UserValue {
  const value = given(parameters, key);
  if (value === undefined) throw taskFailed(parameters.task, `the parameter "${key}" is missing`);
  return value;
}

export function flag({ map }: TaskParameters, key: string, absent: boolean): boolean {
  const value = map.get(key);
  return value === undefined ? absent : isTruthy(value);
}

export function requiredText(parameters: TaskParameters, key: string): string {
  return asText(parameters, key, required(parameters, key));
}

export function optionalText(parameters: TaskParameters, key: string): string | undefined {
  const value = given(parameters, key);
  return value === undefined ? undefined : asText(parameters, key, value);
}

export function requiredList(parameters: TaskParameters, key: string): UserValue[] {
  const value = required(parameters, key);
  if (Array.isArray(value)) return value;
  throw wrongKind(parameters, key, 'a list', value);
}

export function requiredMap(parameters: TaskParameters, key: string): UserMap {
  const value = required(parameters, key);
  if (isUserMap(value)) return value;
  throw wrongKind(parameters, key, 'a mapping', value);
}

/** An integer, or what Python takes for one: an integral float. */
export function optionalInteger(parameters: TaskParameters, key: string): number | undefined {
  const value = given(parameters, key);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw wrongKind(parameters, key, 'an integer', value);
}

export function asText(parameters: TaskParameters, key: string, value: UserValue): string {
  if (typeof value === 'string') return value;
  throw wrongKind(parameters, key, 'a text', value);
}

export function wrongKind(
  parameters: TaskParameters,
  key: string,
  expected: string,
  value: UserValue,
): SkyrocketError {
  return taskFailed(parameters.task, `"${key}" must be ${expected}, not ${kindOf(value)}`);
}
