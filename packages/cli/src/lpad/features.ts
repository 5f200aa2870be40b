import type { FoundFirework, FoundWorkflow } from '@skyrocket/contract/questions';
import { stringifyJson } from '@skyrocket/model/lossless-json';
import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';

/** What may tell one entry from another: `spec.encut = 520`, `task = ScriptTask`, and why it fizzled. */
export function featuresOfFirework({ spec, launchRecords }: FoundFirework): Set<string> {
  const features = featuresOfMap('spec', spec);
  const tasks = spec.get('_tasks');
  for (const task of Array.isArray(tasks) ? tasks : []) {
    if (isUserMap(task)) features.add(`task = ${valueText(task.get('_fw_name') ?? null)}`);
  }
  for (const { action } of launchRecords) {
    const exception = action?.storedData.get('_exception');
    const stack = isUserMap(exception) ? exception.get('_stacktrace') : undefined;
    if (typeof stack === 'string') features.add(`error = ${lastLine(stack)}`);
  }
  return features;
}

export function featuresOfWorkflow({ name, metadata }: FoundWorkflow): Set<string> {
  return featuresOfMap('metadata', metadata).add(`name = ${valueText(name)}`);
}

/** Two levels, as FireWorks looks. Tasks and what FireWorks itself notes about a failure tell nothing. */
function featuresOfMap(path: string, map: UserMap, depth = 1): Set<string> {
  const features = new Set<string>();
  for (const [key, value] of map) {
    if (key === '_tasks' || key === '_exception_details') continue;
    if (isUserMap(value) && depth < 2) {
      for (const feature of featuresOfMap(`${path}.${key}`, value, depth + 1)) features.add(feature);
    } else features.add(`${path}.${key} = ${valueText(value)}`);
  }
  return features;
}

const longestValue = 80;

function valueText(value: UserValue): string {
  const text = typeof value === 'string' ? value : stringifyJson(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** Python names the error in the last line of a stack. */
const lastLine = (stack: string) => valueText(stack.trim().split('\n').at(-1) ?? '');
