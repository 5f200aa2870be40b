import { isUserMap, type UserMap, type UserValue } from '@skyrocket/model/user-data';
import { pythonText } from '../python-text.ts';
import { asText, given, requiredList, type TaskParameters, taskFailed, wrongKind } from './parameters.ts';

/** What the labels of a CommandLineTask say: format §11. */

/** Stands before the value in an argument. */
export interface Binding {
  prefix: string;
  separator: string;
}

export interface Input {
  binding: Binding;
  type: 'path' | 'data';
  value: UserValue;
  /** It feeds standard input and is no argument. */
  isStdin: boolean;
}

export type Output = {
  label: string;
  binding: Binding;
  /** A copy of the description; what it says after the run is the result. */
  target: UserMap;
} & (
  | {
      kind: 'path';
      path: string;
      /** Where the file comes from: a stream, the command that gets its name as an argument, or a file to copy. */
      from: 'stdout' | 'stderr' | 'argument' | { path: string };
    }
  | { kind: 'data'; stream: 'stdout' | 'stderr' }
);

export function readInputs(parameters: TaskParameters, described: TaskParameters, spec: UserMap): Input[] {
  return labelsOf(parameters, 'inputs').flatMap((label) =>
    itemsOf(described, label, spec).map((item) => readInput(item)),
  );
}

export function readOutputs(parameters: TaskParameters, described: TaskParameters, spec: UserMap): Output[] {
  return labelsOf(parameters, 'outputs').map((label) => {
    const [item] = itemsOf(described, label, spec);
    if (!item) throw taskFailed(described.task, `the output "${label}" names an empty list`);
    return readOutput(item);
  });
}

function labelsOf(parameters: TaskParameters, key: 'inputs' | 'outputs'): string[] {
  if (given(parameters, key) === undefined) return [];
  return requiredList(parameters, key).map((label) => asText(parameters, key, label));
}

/** One description, its references to the spec resolved. */
interface Item {
  task: string;
  label: string;
  binding: UserMap | undefined;
  source: UserMap | undefined;
  target: UserMap | undefined;
}

function itemsOf(described: TaskParameters, label: string, spec: UserMap): Item[] {
  const { task } = described;
  const description = given(described, label);
  if (description === undefined) throw taskFailed(task, `"command_spec" does not describe "${label}"`);
  if (typeof description === 'string') {
    const listed = fromSpec(task, description, spec);
    return (Array.isArray(listed) ? listed : [listed]).map((item) => {
      if (!isUserMap(item))
        throw wrongKind(described, `the spec's ${description}`, 'a list of mappings', item);
      return readItem({ task, label, spec }, item.has('source') ? item : new Map([['source', item]]));
    });
  }
  if (!isUserMap(description))
    throw wrongKind(described, label, 'a mapping or a key of the spec', description);
  return [readItem({ task, label, spec }, description)];
}

interface ItemPlace {
  task: string;
  label: string;
  spec: UserMap;
}

function readItem({ task, label, spec }: ItemPlace, item: UserMap): Item {
  const part = (key: string) => {
    const value = item.get(key) ?? undefined;
    const resolved = typeof value === 'string' ? fromSpec(task, value, spec) : value;
    if (resolved === undefined || isUserMap(resolved)) return resolved;
    throw wrongKind({ task, map: item }, `${label}.${key}`, 'a mapping or a key of the spec', resolved);
  };
  return { task, label, binding: part('binding'), source: part('source'), target: part('target') };
}

function fromSpec(task: string, key: string, spec: UserMap): UserValue {
  const value = spec.get(key);
  if (value !== undefined) return value;
  throw taskFailed(task, `"command_spec" names "${key}", which is not in the spec`);
}

function readBinding(binding: UserMap | undefined): Binding {
  const text = (key: string) => pythonText(binding?.get(key) ?? '');
  return { prefix: text('prefix'), separator: text('separator') };
}

function readInput(item: Item): Input {
  const { task, label, source, target } = item;
  if (!source) throw taskFailed(task, `the input "${label}" has no source`);
  const type = source.get('type');
  const value = source.get('value') ?? null;
  if (type !== 'path' && type !== 'data') throw wrongType(item, 'source', 'path or data');
  if (value === null) throw taskFailed(task, `the source of the input "${label}" has no value`);
  if (target && target.get('type') !== 'stdin') throw wrongType(item, 'target', 'stdin');
  return { binding: readBinding(item.binding), type, value, isStdin: target !== undefined };
}

function readOutput(item: Item): Output {
  const { task, label, source, target } = item;
  if (!target) throw taskFailed(task, `the output "${label}" has no target`);
  const common = { label, binding: readBinding(item.binding), target: new Map(target) };
  const type = target.get('type');
  const from = source?.get('type');
  if (type === 'data') return { ...common, kind: 'data', stream: from === 'stderr' ? 'stderr' : 'stdout' };
  if (type !== 'path') throw wrongType(item, 'target', 'path or data');
  const path = target.get('value');
  if (typeof path !== 'string' || path === '')
    throw taskFailed(task, `the target of the output "${label}" must name a file`);
  if (from === 'stdout' || from === 'stderr') return { ...common, kind: 'path', path, from };
  if (from !== 'path') return { ...common, kind: 'path', path, from: 'argument' };
  const copied = asText({ task, map: target }, `${label}.source.value`, source?.get('value') ?? null);
  return { ...common, kind: 'path', path, from: { path: copied } };
}

function wrongType({ task, label, ...item }: Item, part: 'source' | 'target', expected: string) {
  const type = pythonText(item[part]?.get('type') ?? null);
  return taskFailed(task, `the type of the ${part} of "${label}" must be ${expected}, not ${type}`);
}
